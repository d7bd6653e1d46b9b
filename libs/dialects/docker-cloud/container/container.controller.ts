import { Controller, Delete, Get, Inject, Param, Post, Query, Res, UseGuards } from '@nestjs/common';
import { ContainerCommands, type ContainerOutcome } from '#libs/core/container/container.commands.js';
import { ContainerQueries } from '#libs/core/container/container.queries.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import { DockerCloudOptions, placeOf } from '../docker-cloud.options.js';
import { MediaTypeGuard } from '../http/media-type.guard.js';
import { answerAction, type WireReply } from '../wire/answer.js';
import { IdPipe } from '../wire/id.pipe.js';
import { writePage, type Query as ListQuery } from '../wire/page.translate.js';
import { readReuseVolumes } from '../wire/reuse-volumes.translate.js';
import { readContainerFilter, toContainer } from './container.translate.js';

@Controller(['api/app/v1/container', 'api/app/v1/:namespace/container'])
@UseGuards(MediaTypeGuard)
export class ContainerController {
  constructor(
    @Inject(ContainerCommands) private readonly commands: ContainerCommands,
    @Inject(ContainerQueries) private readonly queries: ContainerQueries,
    @Inject(DockerCloudOptions) private readonly options: DockerCloudOptions,
  ) {}

  @Get()
  @Allow('container', 'read')
  async list(@Context() context: RequestContext, @Query() query: ListQuery) {
    const filter = readContainerFilter(query);
    const { rows, total } = await this.queries.list(context, filter);
    const objects = rows.map((container) => toContainer(container, context.namespace, placeOf(this.options)));
    return writePage(objects, total, filter, `/api/app/v1/${context.namespace}/container/`, query);
  }

  @Get(':uuid')
  @Allow('container', 'read')
  async get(@Context() context: RequestContext, @Param('uuid', IdPipe) id: string) {
    return toContainer(await this.queries.get(context, id), context.namespace, placeOf(this.options));
  }

  @Post(':uuid/start')
  @Allow('container', 'start')
  async start(
    @Context() context: RequestContext,
    @Param('uuid', IdPipe) id: string,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    return this.answer(context, reply, await this.commands.start(context, id));
  }

  @Post(':uuid/stop')
  @Allow('container', 'stop')
  async stop(
    @Context() context: RequestContext,
    @Param('uuid', IdPipe) id: string,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    return this.answer(context, reply, await this.commands.stop(context, id));
  }

  @Post(':uuid/redeploy')
  @Allow('container', 'redeploy')
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
  @Allow('container', 'delete')
  async terminate(
    @Context() context: RequestContext,
    @Param('uuid', IdPipe) id: string,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    return this.answer(context, reply, await this.commands.terminate(context, id));
  }

  private async answer(context: RequestContext, reply: WireReply, outcome: ContainerOutcome) {
    answerAction(reply, outcome.action);
    return this.get(context, outcome.container.id);
  }
}
