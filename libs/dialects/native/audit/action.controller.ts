import { Controller, Get, Inject, Param, Post, type PipeTransform } from '@nestjs/common';
import { ActionCommands } from '#libs/core/action/action.commands.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { notFound } from '#libs/domain/error.js';
import { isId } from '#libs/domain/id.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import { Chapter } from '../docs/described.decorator.js';
import { Describe } from '../wire/describe.decorator.js';
import { actionAnswer, toAction } from './audit.wire.js';

class ActionPipe implements PipeTransform<string, string> {
  transform(value: string): string {
    if (!isId(value)) throw notFound('action');
    return value;
  }
}

@Chapter('audit')
@Controller('api/v1/projects/:project/actions/:action')
export class ActionController {
  constructor(@Inject(ActionCommands) private readonly actions: ActionCommands) {}

  @Allow('audit', 'read')
  @Get()
  @Describe('One action: how far it is, or how it ended.', 200, actionAnswer)
  async get(@Context() context: RequestContext, @Param('action', ActionPipe) id: string) {
    return toAction(await this.actions.get(context, id));
  }

  @Allow('audit', 'operate')
  @Post('cancel')
  @Describe(
    'Cancels a deployment, a backup or a restore that goes on; the action says when it has ended.',
    202,
    actionAnswer,
  )
  async cancel(@Context() context: RequestContext, @Param('action', ActionPipe) id: string) {
    return toAction(await this.actions.cancel(context, id));
  }
}
