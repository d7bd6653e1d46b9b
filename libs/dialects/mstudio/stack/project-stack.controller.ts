import { Body, Controller, Get, Inject, Post, Query, Res } from '@nestjs/common';
import { StackCommands } from '#libs/core/stack/stack.commands.js';
import { WorkloadQueries } from '#libs/core/stack/workload.queries.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { newId } from '#libs/platform/id.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context, Reach } from '../../kit/access/context.decorator.js';
import { writePage, type WireReply } from '../wire/page.wire.js';
import { newStackInput, selectStacks, toStack } from './stack.translate.js';
import { newStackWire, stackListQuery, type NewStackWire, type StackListQuery } from './stack.wire.js';

@Controller('v2')
export class ProjectStackController {
  constructor(
    @Inject(WorkloadQueries) private readonly workload: WorkloadQueries,
    @Inject(StackCommands) private readonly commands: StackCommands,
  ) {}

  @Get('stacks')
  @Allow('stack', 'read')
  async everywhere(
    @Reach() contexts: RequestContext[],
    @Query({ schema: stackListQuery }) query: StackListQuery,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    const stacks = (await Promise.all(contexts.map((context) => this.workload.stacks(context)))).flat();
    return writePage(reply, selectStacks(stacks.map(toStack), query), query);
  }

  @Get('projects/:project/stacks')
  @Allow('stack', 'read')
  async list(
    @Context() context: RequestContext,
    @Query({ schema: stackListQuery }) query: StackListQuery,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    const stacks = await this.workload.stacks(context);
    return writePage(reply, selectStacks(stacks.map(toStack), query), query);
  }

  @Post('projects/:project/stacks')
  @Allow('stack', 'create')
  async create(@Context() context: RequestContext, @Body({ schema: newStackWire }) body: NewStackWire) {
    const { stack } = await this.commands.create(context, newStackInput(body, newId().slice(0, 8)));
    return toStack({ stack, services: [], volumes: [] });
  }
}
