import { Body, Controller, Delete, Get, Inject, Param, Post, Query, Res, UseGuards } from '@nestjs/common';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { TriggerService } from '#libs/core/trigger/trigger.service.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import { MediaTypeGuard } from '../http/media-type.guard.js';
import { answerAction, type WireReply } from '../wire/answer.js';
import { IdPipe } from '../wire/id.pipe.js';
import { writePage, type Query as ListQuery } from '../wire/page.translate.js';
import { readTriggerCreation, readTriggerFilter, toTrigger, triggersUri } from './trigger.translate.js';
import { triggerCreateWire, type TriggerCreation } from './trigger.wire.js';

@Controller(['api/app/v1/service/:uuid/trigger', 'api/app/v1/:namespace/service/:uuid/trigger'])
@UseGuards(MediaTypeGuard)
export class TriggerController {
  constructor(@Inject(TriggerService) private readonly triggers: TriggerService) {}

  @Get()
  @Allow('trigger', 'read')
  async list(@Context() context: RequestContext, @Param('uuid', IdPipe) service: string, @Query() query: ListQuery) {
    const filter = readTriggerFilter(query);
    const { rows, total } = await this.triggers.list(context, service, filter);
    const objects = rows.map((trigger) => toTrigger(trigger, context.namespace));
    return writePage(objects, total, filter, triggersUri(service, context.namespace), query);
  }

  @Post()
  @Allow('trigger', 'create')
  async create(
    @Context() context: RequestContext,
    @Param('uuid', IdPipe) service: string,
    @Body({ schema: triggerCreateWire }) body: TriggerCreation,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    const { trigger, secret, action } = await this.triggers.create(context, service, readTriggerCreation(body));
    answerAction(reply, action, 201);
    return toTrigger(trigger, context.namespace, secret);
  }

  @Get(':trigger')
  @Allow('trigger', 'read')
  async get(
    @Context() context: RequestContext,
    @Param('uuid', IdPipe) service: string,
    @Param('trigger', IdPipe) id: string,
  ) {
    return toTrigger(await this.triggers.get(context, service, id), context.namespace);
  }

  @Delete(':trigger')
  @Allow('trigger', 'delete')
  async delete(
    @Context() context: RequestContext,
    @Param('uuid', IdPipe) service: string,
    @Param('trigger', IdPipe) id: string,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    const { trigger, action } = await this.triggers.delete(context, service, id);
    answerAction(reply, action);
    return toTrigger(trigger, context.namespace);
  }
}
