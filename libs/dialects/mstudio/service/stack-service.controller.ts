import { Controller, Get, HttpCode, Inject, Param, Post, Query, Req, StreamableFile } from '@nestjs/common';
import { ContainerStreams } from '#libs/core/container/container-streams.js';
import { ImagePull } from '#libs/core/image/image.pull.js';
import { ServiceCommands } from '#libs/core/service/service.commands.js';
import { ServiceRenewal } from '#libs/core/service/service.renewal.js';
import { WorkloadQueries } from '#libs/core/stack/workload.queries.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { TriggerService } from '#libs/core/trigger/trigger.service.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import type { HttpRequest } from '../../kit/access/http-request.js';
import { LocatedBy } from '../../kit/access/tenant.decorator.js';
import { toWebhook } from '../webhook/webhook.translate.js';
import { IdPipe } from '../wire/id.pipe.js';
import { logOptions, textOf } from './log.translate.js';
import { toService } from './service.translate.js';
import { logQuery, pullQuery } from './service.wire.js';
import type { z } from 'zod';

@Controller('v2/stacks/:stack/services/:service')
@LocatedBy('stack', 'stack')
export class StackServiceController {
  constructor(
    @Inject(WorkloadQueries) private readonly workload: WorkloadQueries,
    @Inject(ServiceCommands) private readonly commands: ServiceCommands,
    @Inject(ServiceRenewal) private readonly renewal: ServiceRenewal,
    @Inject(ImagePull) private readonly images: ImagePull,
    @Inject(TriggerService) private readonly triggers: TriggerService,
    @Inject(ContainerStreams) private readonly streams: ContainerStreams,
  ) {}

  @Get()
  @Allow('service', 'read')
  async get(
    @Context() context: RequestContext,
    @Param('stack', IdPipe) stack: string,
    @Param('service', IdPipe) service: string,
  ) {
    return toService(await this.workload.service(context, stack, service));
  }

  @Get('logs')
  @Allow('logs', 'read')
  async logs(
    @Context() context: RequestContext,
    @Param('stack', IdPipe) stack: string,
    @Param('service', IdPipe) service: string,
    @Query({ schema: logQuery }) query: z.output<typeof logQuery>,
  ) {
    const { id } = await this.workload.service(context, stack, service);
    const logs = await this.streams.serviceLogs(context, id, logOptions(query.tail ?? null));
    return new StreamableFile(textOf(logs), { type: 'text/plain; charset=utf-8' });
  }

  @Post('actions/start')
  @Allow('service', 'start')
  @HttpCode(204)
  async start(
    @Context() context: RequestContext,
    @Param('stack', IdPipe) stack: string,
    @Param('service', IdPipe) service: string,
  ): Promise<void> {
    await this.commands.start(context, (await this.workload.service(context, stack, service)).id, { atOnce: true });
  }

  @Post('actions/stop')
  @Allow('service', 'stop')
  @HttpCode(204)
  async stop(
    @Context() context: RequestContext,
    @Param('stack', IdPipe) stack: string,
    @Param('service', IdPipe) service: string,
  ): Promise<void> {
    await this.commands.stop(context, (await this.workload.service(context, stack, service)).id, { atOnce: true });
  }

  @Post('actions/restart')
  @Allow('service', 'restart')
  @HttpCode(204)
  async restart(
    @Context() context: RequestContext,
    @Param('stack', IdPipe) stack: string,
    @Param('service', IdPipe) service: string,
  ): Promise<void> {
    await this.renewal.restart(context, (await this.workload.service(context, stack, service)).id);
  }

  @Post('actions/recreate')
  @Allow('service', 'redeploy')
  @HttpCode(204)
  async recreate(
    @Context() context: RequestContext,
    @Param('stack', IdPipe) stack: string,
    @Param('service', IdPipe) service: string,
  ): Promise<void> {
    await this.commands.redeploy(context, (await this.workload.service(context, stack, service)).id, { atOnce: true });
  }

  @Post('actions/pull')
  @Allow('service', 'redeploy')
  @HttpCode(204)
  async pull(
    @Context() context: RequestContext,
    @Param('stack', IdPipe) stack: string,
    @Param('service', IdPipe) service: string,
    @Query({ schema: pullQuery }) query: z.output<typeof pullQuery>,
  ): Promise<void> {
    const { id } = await this.workload.service(context, stack, service);
    if (query.skipRecreate) await this.images.note(context, id);
    else await this.renewal.pull(context, id);
  }

  @Post('webhook-token')
  @Allow('trigger', 'create')
  @HttpCode(200)
  async rotate(
    @Context() context: RequestContext,
    @Param('stack', IdPipe) stack: string,
    @Param('service', IdPipe) service: string,
    @Req() request: HttpRequest,
  ) {
    const { id } = await this.workload.service(context, stack, service);
    const { secret } = await this.triggers.rotate(context, id, 'pull');
    return toWebhook(request, stack, secret);
  }
}
