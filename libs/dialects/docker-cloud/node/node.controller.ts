import { Body, Controller, Delete, Get, Inject, Param, Patch, Post, Query, Res, UseGuards } from '@nestjs/common';
import { NodeService, type ChangedNode } from '#libs/core/node/node.service.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import { DockerCloudOptions } from '../docker-cloud.options.js';
import { MediaTypeGuard } from '../http/media-type.guard.js';
import { answerAction, type WireReply } from '../wire/answer.js';
import { IdPipe } from '../wire/id.pipe.js';
import { writePage, type Query as ListQuery } from '../wire/page.translate.js';
import { readNodeChanges, readNodeFilter, toNode } from './node.translate.js';
import { nodeUpdateWire, type NodeChanges } from './node.wire.js';

@Controller(['api/infra/v1/node', 'api/infra/v1/:namespace/node'])
@UseGuards(MediaTypeGuard)
export class NodeController {
  constructor(
    @Inject(NodeService) private readonly nodes: NodeService,
    @Inject(DockerCloudOptions) private readonly options: DockerCloudOptions,
  ) {}

  @Get()
  @Allow('node', 'read')
  async list(@Context() context: RequestContext, @Query() query: ListQuery) {
    const filter = readNodeFilter(query);
    const { rows, total } = await this.nodes.list(context, filter);
    const objects = rows.map((node) => toNode(node, context.namespace, this.options.platformDomain));
    return writePage(objects, total, filter, `/api/infra/v1/${context.namespace}/node/`, query);
  }

  @Get(':uuid')
  @Allow('node', 'read')
  async get(@Context() context: RequestContext, @Param('uuid', IdPipe) id: string) {
    return toNode(await this.nodes.recent(context, id), context.namespace, this.options.platformDomain);
  }

  @Patch(':uuid')
  @Allow('node', 'update')
  async update(
    @Context() context: RequestContext,
    @Param('uuid', IdPipe) id: string,
    @Body({ schema: nodeUpdateWire }) body: NodeChanges,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    return this.answer(context, reply, await this.nodes.patch(context, id, readNodeChanges(body)));
  }

  /** Agents report twice a second, so what is shown is the outcome of a check that is never older than that. */
  @Post(':uuid/health-check')
  @Allow('node', 'read')
  async healthCheck(
    @Context() context: RequestContext,
    @Param('uuid', IdPipe) id: string,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    reply.status(200);
    return this.get(context, id);
  }

  @Delete(':uuid')
  @Allow('node', 'delete')
  async terminate(
    @Context() context: RequestContext,
    @Param('uuid', IdPipe) id: string,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    return this.answer(context, reply, await this.nodes.remove(context, id, false));
  }

  private answer(context: RequestContext, reply: WireReply, node: ChangedNode) {
    answerAction(reply, node.action);
    return toNode(node, context.namespace, this.options.platformDomain);
  }
}
