import { Controller, Get, Inject, Param, Post, Query, Res, UseGuards } from '@nestjs/common';
import { ActionCommands } from '#libs/core/action/action.commands.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import { MediaTypeGuard } from '../http/media-type.guard.js';
import { answerAction, type WireReply } from '../wire/answer.js';
import { IdPipe } from '../wire/id.pipe.js';
import { writePage, type Query as ListQuery } from '../wire/page.translate.js';
import { readActionFilter, toAction } from './action.translate.js';

/** Clients never put a namespace before an action; one is taken all the same, to list those of another project. */
@Controller(['api/audit/v1/action', 'api/audit/v1/:namespace/action'])
@UseGuards(MediaTypeGuard)
export class ActionController {
  constructor(@Inject(ActionCommands) private readonly actions: ActionCommands) {}

  @Get()
  @Allow('audit', 'read')
  async list(@Context() context: RequestContext, @Query() query: ListQuery) {
    const filter = readActionFilter(query);
    const { rows, total } = await this.actions.list(context, filter);
    const objects = rows.map((action) => toAction(action, context.namespace));
    return writePage(objects, total, filter, '/api/audit/v1/action/', query);
  }

  @Get(':uuid')
  @Allow('audit', 'read')
  async get(@Context() context: RequestContext, @Param('uuid', IdPipe) id: string) {
    return toAction(await this.actions.get(context, id), context.namespace);
  }

  /** What the action is about is asked about too, in core. */
  @Post(':uuid/cancel')
  @Allow('audit', 'operate')
  async cancel(
    @Context() context: RequestContext,
    @Param('uuid', IdPipe) id: string,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    const action = await this.actions.cancel(context, id);
    answerAction(reply, action);
    return toAction(action, context.namespace);
  }

  @Post(':uuid/retry')
  @Allow('audit', 'operate')
  async retry(
    @Context() context: RequestContext,
    @Param('uuid', IdPipe) id: string,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    const action = await this.actions.retry(context, id);
    answerAction(reply, action);
    return toAction(action, context.namespace);
  }
}
