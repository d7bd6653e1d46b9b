import { Body, Controller, Delete, Get, Inject, Param, Patch, Post, Query, Res, UseGuards } from '@nestjs/common';
import { ServiceQueries } from '#libs/core/service/service.queries.js';
import { StackCommands, type StackOutcome } from '#libs/core/stack/stack.commands.js';
import { StackQueries } from '#libs/core/stack/stack.queries.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import { MediaTypeGuard } from '../http/media-type.guard.js';
import { answerAction, type WireReply } from '../wire/answer.js';
import { IdPipe } from '../wire/id.pipe.js';
import { writePage, type Query as ListQuery } from '../wire/page.translate.js';
import { readReuseVolumes } from '../wire/reuse-volumes.translate.js';
import { readStackChanges, readStackCreation, readStackFilter, toExport, toStack } from './stack.translate.js';
import { stackCreateWire, stackUpdateWire, type StackChanges, type StackCreation } from './stack.wire.js';

@Controller(['api/app/v1/stack', 'api/app/v1/:namespace/stack'])
@UseGuards(MediaTypeGuard)
export class StackController {
  constructor(
    @Inject(StackCommands) private readonly commands: StackCommands,
    @Inject(StackQueries) private readonly queries: StackQueries,
    @Inject(ServiceQueries) private readonly services: ServiceQueries,
  ) {}

  @Get()
  @Allow('stack', 'read')
  async list(@Context() context: RequestContext, @Query() query: ListQuery) {
    const filter = readStackFilter(query);
    const { rows, total } = await this.queries.list(context, filter);
    const objects = rows.map((stack) => toStack(stack, context.namespace));
    return writePage(objects, total, filter, `/api/app/v1/${context.namespace}/stack/`, query);
  }

  @Post()
  @Allow('stack', 'create')
  async create(
    @Context() context: RequestContext,
    @Body({ schema: stackCreateWire }) body: StackCreation,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    return this.answer(context, reply, await this.commands.create(context, readStackCreation(body)), 201);
  }

  @Get(':uuid')
  @Allow('stack', 'read')
  async get(@Context() context: RequestContext, @Param('uuid', IdPipe) id: string) {
    return toStack(await this.queries.get(context, id), context.namespace);
  }

  @Get(':uuid/export')
  @Allow('stack', 'read')
  async export(@Context() context: RequestContext, @Param('uuid', IdPipe) id: string) {
    const { services } = await this.queries.withServices(context, id);
    const outside = await this.uniqueNames(
      context,
      services.flatMap((service) => service.spec.links.map((link) => link.serviceId).concat(service.spec.volumesFrom)),
    );
    return toExport(services, (service) => outside.get(service) ?? null);
  }

  @Patch(':uuid')
  @Allow('stack', 'update')
  async update(
    @Context() context: RequestContext,
    @Param('uuid', IdPipe) id: string,
    @Body({ schema: stackUpdateWire }) body: StackChanges,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    return this.answer(context, reply, await this.commands.update(context, id, readStackChanges(body)));
  }

  @Post(':uuid/start')
  @Allow('stack', 'start')
  async start(
    @Context() context: RequestContext,
    @Param('uuid', IdPipe) id: string,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    return this.answer(context, reply, await this.commands.start(context, id));
  }

  @Post(':uuid/stop')
  @Allow('stack', 'stop')
  async stop(
    @Context() context: RequestContext,
    @Param('uuid', IdPipe) id: string,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    return this.answer(context, reply, await this.commands.stop(context, id));
  }

  @Post(':uuid/redeploy')
  @Allow('stack', 'redeploy')
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
  @Allow('stack', 'delete')
  async terminate(
    @Context() context: RequestContext,
    @Param('uuid', IdPipe) id: string,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    return this.answer(context, reply, await this.commands.terminate(context, id));
  }

  private async answer(context: RequestContext, reply: WireReply, outcome: StackOutcome, done: 200 | 201 = 200) {
    answerAction(reply, outcome.action, done);
    return toStack(await this.queries.get(context, outcome.stack.id), context.namespace);
  }

  /** Names of services outside of the stack, as its file would call them. */
  private async uniqueNames(context: RequestContext, ids: string[]): Promise<Map<string, string>> {
    if (ids.length === 0) return new Map();
    const { rows } = await this.services.list(context, { ids, limit: ids.length, offset: 0 });
    return new Map(rows.map((each) => [each.id, each.stackName ? `${each.name}.${each.stackName}` : each.name]));
  }
}
