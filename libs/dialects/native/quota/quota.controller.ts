import { Body, Controller, Get, Inject, Param, Put } from '@nestjs/common';
import type { z } from 'zod';
import { QuotaService } from '#libs/core/quota/quota.service.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import { Chapter } from '../docs/described.decorator.js';
import { Describe } from '../wire/describe.decorator.js';
import { limitsBody, quotaAnswer, toLimits, toQuotas } from './quota.wire.js';

@Chapter('quotas')
@Controller('api/v1')
export class QuotaController {
  constructor(@Inject(QuotaService) private readonly quotas: QuotaService) {}

  @Allow('quota', 'read')
  @Get('organizations/:organization/quotas')
  @Describe('What the organization uses and may use.', 200, quotaAnswer)
  async ofOrganization(@Context() context: RequestContext, @Param('organization') organization: string) {
    return toQuotas(await this.quotas.ofOrganization(context, organization));
  }

  @Allow('quota', 'update')
  @Put('organizations/:organization/quotas')
  @Describe('Limits the organization; the operator’s.', 200, quotaAnswer)
  async limitOrganization(
    @Context() context: RequestContext,
    @Param('organization') organization: string,
    @Body({ schema: limitsBody }) body: z.output<typeof limitsBody>,
  ) {
    return toQuotas(await this.quotas.limitOrganization(context, organization, toLimits(body)));
  }

  @Allow('quota', 'read')
  @Get('projects/:project/quotas')
  @Describe('What the project uses and may use.', 200, quotaAnswer)
  async ofProject(@Context() context: RequestContext) {
    return toQuotas(await this.quotas.ofProject(context));
  }

  @Allow('quota', 'update')
  @Put('projects/:project/quotas')
  @Describe('Limits the project within what the organization may use.', 200, quotaAnswer)
  async limitProject(
    @Context() context: RequestContext,
    @Body({ schema: limitsBody }) body: z.output<typeof limitsBody>,
  ) {
    return toQuotas(await this.quotas.limitProject(context, toLimits(body)));
  }
}
