import { Controller, Get, Inject, Param, Query, Res } from '@nestjs/common';
import { OrganizationService } from '#libs/core/identity/organization.service.js';
import { UserService } from '#libs/core/identity/user.service.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context, Reach } from '../../kit/access/context.decorator.js';
import { matches, writePage, type WireReply } from '../wire/page.wire.js';
import { oneOfEach, toCustomer, toUser } from './project.translate.js';
import { customerListQuery, type CustomerListQuery } from './project.wire.js';

/** Who the caller is and whose projects there are. */
@Controller('v2')
export class CustomerController {
  constructor(
    @Inject(OrganizationService) private readonly organizations: OrganizationService,
    @Inject(UserService) private readonly users: UserService,
  ) {}

  @Get('users/self')
  @Allow('profile', 'read')
  async self(@Context() context: RequestContext) {
    return toUser((await this.users.profile(context)).user);
  }

  @Get('customers')
  @Allow('organization', 'read')
  async list(
    @Reach() contexts: RequestContext[],
    @Query({ schema: customerListQuery }) query: CustomerListQuery,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    const summaries = await Promise.all(
      oneOfEach(contexts).map((context) => this.organizations.summary(context, context.organizationId)),
    );
    const customers = summaries
      .map(toCustomer)
      .filter(({ customerId, customerNumber, name }) => matches(query.search, customerId, customerNumber, name));
    return writePage(reply, customers, query);
  }

  @Get('customers/:organization')
  @Allow('organization', 'read')
  async get(@Context() context: RequestContext, @Param('organization') organization: string) {
    return toCustomer(await this.organizations.summary(context, organization));
  }
}
