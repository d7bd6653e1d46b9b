import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import type { z } from 'zod';
import { AuditService } from '#libs/core/identity/audit.service.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import { Chapter } from '../docs/described.decorator.js';
import { Describe } from '../wire/describe.decorator.js';
import { auditAnswer, auditQuery, toAudit, toAuditFilter } from './audit.wire.js';

type AuditQuery = z.output<typeof auditQuery>;

@Chapter('audit')
@Controller('api/v1')
export class AuditController {
  constructor(@Inject(AuditService) private readonly audit: AuditService) {}

  @Allow('organization-audit', 'read')
  @Get('organizations/:organization/actions')
  @Describe('Who did what in the organization, newest first.', 200, auditAnswer)
  async ofOrganization(
    @Context() context: RequestContext,
    @Param('organization') organization: string,
    @Query({ schema: auditQuery }) query: AuditQuery,
  ) {
    const filter = toAuditFilter(query);
    return toAudit(await this.audit.ofOrganization(context, organization, filter, query.limit, query.cursor));
  }

  @Allow('audit', 'read')
  @Get('projects/:project/actions')
  @Describe('Who did what in the project, newest first.', 200, auditAnswer)
  async ofProject(@Context() context: RequestContext, @Query({ schema: auditQuery }) query: AuditQuery) {
    return toAudit(await this.audit.ofProject(context, toAuditFilter(query), query.limit, query.cursor));
  }

  @Allow('platform-audit', 'read')
  @Get('platform/actions')
  @Describe('Logins, users, signing keys and the shared pool, newest first.', 200, auditAnswer)
  async ofPlatform(@Context() context: RequestContext, @Query({ schema: auditQuery }) query: AuditQuery) {
    return toAudit(await this.audit.ofPlatform(context, toAuditFilter(query), query.limit, query.cursor));
  }
}
