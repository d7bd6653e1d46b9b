import { Body, Controller, Delete, Get, Inject, Param, Patch, Post, Query, Res, UseGuards } from '@nestjs/common';
import { ServiceCommands, type ServiceOutcome } from '#libs/core/service/service.commands.js';
import { ServiceQueries } from '#libs/core/service/service.queries.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import { DockerCloudOptions, placeOf } from '../docker-cloud.options.js';
import { MediaTypeGuard } from '../http/media-type.guard.js';
import { answerAction, type WireReply } from '../wire/answer.js';
import { IdPipe } from '../wire/id.pipe.js';
import { writePage, type Query as ListQuery } from '../wire/page.translate.js';
import { readReuseVolumes } from '../wire/reuse-volumes.translate.js';
import { changedServiceInput, newServiceInput } from './service-input.translate.js';
import { readServiceFilter, toService } from './service.translate.js';
import { serviceCreateWire, serviceUpdateWire, type ServiceChanges, type ServiceCreation } from './service.wire.js';

@Controller(['api/app/v1/service', 'api/app/v1/:namespace/service'])
@UseGuards(MediaTypeGuard)
export class ServiceController {
  constructor(
    @Inject(ServiceCommands) private readonly commands: ServiceCommands,
    @Inject(ServiceQueries) private readonly queries: ServiceQueries,
    @Inject(DockerCloudOptions) private readonly options: DockerCloudOptions,
  ) {}

  @Get()
  @Allow('service', 'read')
  async list(@Context() context: RequestContext, @Query() query: ListQuery) {
    const filter = readServiceFilter(query);
    const { rows, total } = await this.queries.list(context, filter);
    const objects = rows.map((service) => toService(service, context.namespace, placeOf(this.options)));
    return writePage(objects, total, filter, `/api/app/v1/${context.namespace}/service/`, query);
  }

  @Post()
  @Allow('service', 'create')
  async create(
    @Context() context: RequestContext,
    @Body({ schema: serviceCreateWire }) body: ServiceCreation,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    return this.answer(context, reply, await this.commands.create(context, newServiceInput(body)), 201);
  }

  @Get(':uuid')
  @Allow('service', 'read')
  async get(@Context() context: RequestContext, @Param('uuid', IdPipe) id: string) {
    return toService(await this.queries.get(context, id), context.namespace, placeOf(this.options));
  }

  @Patch(':uuid')
  @Allow('service', 'update')
  async update(
    @Context() context: RequestContext,
    @Param('uuid', IdPipe) id: string,
    @Body({ schema: serviceUpdateWire }) body: ServiceChanges,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    return this.answer(
      context,
      reply,
      await this.commands.update(context, id, (spec) => changedServiceInput(spec, body)),
    );
  }

  @Post(':uuid/start')
  @Allow('service', 'start')
  async start(
    @Context() context: RequestContext,
    @Param('uuid', IdPipe) id: string,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    return this.answer(context, reply, await this.commands.start(context, id));
  }

  @Post(':uuid/stop')
  @Allow('service', 'stop')
  async stop(
    @Context() context: RequestContext,
    @Param('uuid', IdPipe) id: string,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    return this.answer(context, reply, await this.commands.stop(context, id));
  }

  @Post(':uuid/scale')
  @Allow('service', 'scale')
  async scale(
    @Context() context: RequestContext,
    @Param('uuid', IdPipe) id: string,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    return this.answer(context, reply, await this.commands.scale(context, id));
  }

  @Post(':uuid/redeploy')
  @Allow('service', 'redeploy')
  async redeploy(
    @Context() context: RequestContext,
    @Param('uuid', IdPipe) id: string,
    @Query() query: ListQuery,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    const renewVolumes = !readReuseVolumes(query);
    return this.answer(context, reply, await this.commands.redeploy(context, id, { renewVolumes }));
  }

  @Delete(':uuid')
  @Allow('service', 'delete')
  async terminate(
    @Context() context: RequestContext,
    @Param('uuid', IdPipe) id: string,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    return this.answer(context, reply, await this.commands.terminate(context, id));
  }

  private async answer(context: RequestContext, reply: WireReply, outcome: ServiceOutcome, done: 200 | 201 = 200) {
    answerAction(reply, outcome.action, done);
    return this.get(context, outcome.service.id);
  }
}
