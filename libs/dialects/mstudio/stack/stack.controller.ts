import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Patch, Put, Query } from '@nestjs/common';
import { StackDeclarations } from '#libs/core/stack/stack.declaration.js';
import type { StackOutcome } from '#libs/core/stack/stack.commands.js';
import { WorkloadQueries } from '#libs/core/stack/workload.queries.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import { LocatedBy } from '../../kit/access/tenant.decorator.js';
import { IdPipe } from '../wire/id.pipe.js';
import { declaredStack, toStack, updatedStack } from './stack.translate.js';
import {
  stackDeclarationWire,
  stackUpdateWire,
  updateQuery,
  type StackDeclarationWire,
  type StackUpdateWire,
  type UpdateQuery,
} from './stack.wire.js';

@Controller('v2/stacks/:stack')
@LocatedBy('stack', 'stack')
export class StackController {
  constructor(
    @Inject(StackDeclarations) private readonly declarations: StackDeclarations,
    @Inject(WorkloadQueries) private readonly workload: WorkloadQueries,
  ) {}

  @Get()
  @Allow('stack', 'read')
  async get(@Context() context: RequestContext, @Param('stack', IdPipe) id: string) {
    return toStack(await this.workload.stack(context, id));
  }

  @Put()
  @Allow('stack', 'update')
  async declare(
    @Context() context: RequestContext,
    @Param('stack', IdPipe) id: string,
    @Body({ schema: stackDeclarationWire }) body: StackDeclarationWire,
  ) {
    const wanted = (present: Parameters<typeof declaredStack>[1]) => declaredStack(body, present);
    return this.answer(context, await this.declarations.declare(context, id, wanted, 'changed'));
  }

  @Patch()
  @Allow('stack', 'update')
  async update(
    @Context() context: RequestContext,
    @Param('stack', IdPipe) id: string,
    @Query({ schema: updateQuery }) query: UpdateQuery,
    @Body({ schema: stackUpdateWire }) body: StackUpdateWire,
  ) {
    const wanted = (present: Parameters<typeof updatedStack>[1]) => updatedStack(body, present);
    const recreation = query.recreate === 'true' ? 'changed' : 'none';
    return this.answer(context, await this.declarations.declare(context, id, wanted, recreation));
  }

  @Delete()
  @Allow('stack', 'delete')
  @HttpCode(204)
  async remove(@Context() context: RequestContext, @Param('stack', IdPipe) id: string): Promise<void> {
    await this.declarations.remove(context, id);
  }

  private async answer(context: RequestContext, { stack }: StackOutcome) {
    return toStack(await this.workload.stack(context, stack.id));
  }
}
