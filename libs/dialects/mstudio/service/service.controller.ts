import { Controller, Get, Inject, Query, Res } from '@nestjs/common';
import { WorkloadQueries } from '#libs/core/stack/workload.queries.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context, Reach } from '../../kit/access/context.decorator.js';
import { writePage, type WireReply } from '../wire/page.wire.js';
import { selectServices, toService } from './service.translate.js';
import { serviceListQuery, type ServiceListQuery } from './service.wire.js';

@Controller('v2')
export class ServiceController {
  constructor(@Inject(WorkloadQueries) private readonly workload: WorkloadQueries) {}

  @Get('services')
  @Allow('service', 'read')
  async everywhere(
    @Reach() contexts: RequestContext[],
    @Query({ schema: serviceListQuery }) query: ServiceListQuery,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    const found = await Promise.all(contexts.map((context) => this.of(context)));
    return writePage(reply, selectServices(found.flat(), query), query);
  }

  @Get('projects/:project/services')
  @Allow('service', 'read')
  async list(
    @Context() context: RequestContext,
    @Query({ schema: serviceListQuery }) query: ServiceListQuery,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    return writePage(reply, selectServices(await this.of(context), query), query);
  }

  private async of(context: RequestContext) {
    return (await this.workload.stacks(context)).flatMap(({ services }) => services.map(toService));
  }
}
