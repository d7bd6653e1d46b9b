import { Body, Controller, Get, Inject, Param, Put, Query, Res } from '@nestjs/common';
import { OrganizationService } from '#libs/core/identity/organization.service.js';
import { ProjectService } from '#libs/core/identity/project.service.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context, Reach } from '../../kit/access/context.decorator.js';
import { writePage, type WireReply } from '../wire/page.wire.js';
import {
  customerName,
  oneOfEach,
  selectCustomers,
  selectProjects,
  toCustomer,
  toProjectListItem,
} from './project.translate.js';
import {
  customerListQuery,
  customerUpdateWire,
  projectListQuery,
  type CustomerListQuery,
  type CustomerUpdateWire,
  type ProjectListQuery,
} from './project.wire.js';

/** Whose projects there are. */
@Controller('v2')
export class CustomerController {
  constructor(
    @Inject(OrganizationService) private readonly organizations: OrganizationService,
    @Inject(ProjectService) private readonly all: ProjectService,
  ) {}

  @Get('customers')
  @Allow('organization', 'read')
  async list(
    @Reach() contexts: RequestContext[],
    @Query({ schema: customerListQuery }) query: CustomerListQuery,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    const customers = await Promise.all(
      oneOfEach(contexts).map(async (context) =>
        toCustomer(await this.organizations.summary(context, context.organizationId), context.roles),
      ),
    );
    return writePage(reply, selectCustomers(customers, query), query);
  }

  @Get('customers/:organization')
  @Allow('organization', 'read')
  async get(@Context() context: RequestContext, @Param('organization') organization: string) {
    return toCustomer(await this.organizations.summary(context, organization), context.roles);
  }

  @Put('customers/:organization')
  @Allow('organization', 'update')
  async update(
    @Context() context: RequestContext,
    @Param('organization') organization: string,
    @Body({ schema: customerUpdateWire }) body: CustomerUpdateWire,
  ) {
    const wanted = customerName(body, organization);
    const { id, name, displayName } = await this.organizations.update(context, organization, wanted);
    return { customerId: id, customerNumber: name, name: displayName };
  }

  @Get('customers/:organization/projects')
  @Allow('project', 'read')
  async projects(
    @Context() context: RequestContext,
    @Param('organization') organization: string,
    @Reach() contexts: RequestContext[],
    @Query({ schema: projectListQuery }) query: ProjectListQuery,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    const { id } = await this.organizations.get(context, organization);
    const within = contexts.filter((each) => each.organizationId === id);
    const projects = selectProjects(await this.all.reachable(within), query);
    return writePage(reply, projects, query).map(toProjectListItem);
  }
}
