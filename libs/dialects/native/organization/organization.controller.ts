import { Body, Controller, Delete, Get, Inject, Param, Patch, Post, Query } from '@nestjs/common';
import type { z } from 'zod';
import { OrganizationService } from '#libs/core/identity/organization.service.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import { Chapter } from '../docs/described.decorator.js';
import { Describe } from '../wire/describe.decorator.js';
import { pageOf, pageQuery, toPage } from '../wire/page.wire.js';
import {
  foundedAnswer,
  newOrganizationBody,
  organizationAnswer,
  organizationPatchBody,
  toFounded,
  toOrganization,
} from './organization.wire.js';

@Chapter('organizations')
@Controller('api/v1/organizations')
export class OrganizationController {
  constructor(@Inject(OrganizationService) private readonly organizations: OrganizationService) {}

  @Allow('organization', 'create')
  @Post()
  @Describe('Makes an organization with an owner, a first project and an API key, shown once.', 201, foundedAnswer)
  async create(
    @Context() context: RequestContext,
    @Body({ schema: newOrganizationBody }) body: z.output<typeof newOrganizationBody>,
  ) {
    return toFounded(await this.organizations.create(context, body));
  }

  @Allow('organization', 'read')
  @Get()
  @Describe(
    'The operator sees all, everybody else the organization of the credential.',
    200,
    pageOf(organizationAnswer),
  )
  async list(@Context() context: RequestContext, @Query({ schema: pageQuery }) page: z.output<typeof pageQuery>) {
    return toPage(await this.organizations.list(context, page), page, toOrganization);
  }

  @Allow('organization', 'read')
  @Get(':organization')
  @Describe('One organization, by id or name.', 200, organizationAnswer)
  async get(@Context() context: RequestContext, @Param('organization') organization: string) {
    return toOrganization(await this.organizations.get(context, organization));
  }

  @Allow('organization', 'update')
  @Patch(':organization')
  @Describe('Changes the display name.', 200, organizationAnswer)
  async patch(
    @Context() context: RequestContext,
    @Param('organization') organization: string,
    @Body({ schema: organizationPatchBody }) body: z.output<typeof organizationPatchBody>,
  ) {
    return toOrganization(await this.organizations.update(context, organization, body.displayName));
  }

  @Allow('organization', 'delete')
  @Delete(':organization')
  @Describe('Removes an organization that has no projects and no nodes.', 204)
  delete(@Context() context: RequestContext, @Param('organization') organization: string): Promise<void> {
    return this.organizations.delete(context, organization);
  }
}
