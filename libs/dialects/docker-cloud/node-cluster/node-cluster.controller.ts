import { Body, Controller, Delete, Get, Inject, Param, Patch, Post, Query, Res, UseGuards } from '@nestjs/common';
import { NodeClusterService, type ChangedNodeCluster } from '#libs/core/node/node-cluster.service.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import { MediaTypeGuard } from '../http/media-type.guard.js';
import { answerAction, type WireReply } from '../wire/answer.js';
import { IdPipe } from '../wire/id.pipe.js';
import { writePage, type Query as ListQuery } from '../wire/page.translate.js';
import {
  readNodeClusterChanges,
  readNodeClusterCreation,
  readNodeClusterFilter,
  toNodeCluster,
} from './node-cluster.translate.js';
import {
  nodeClusterCreateWire,
  nodeClusterUpdateWire,
  type NodeClusterChanges,
  type NodeClusterCreation,
} from './node-cluster.wire.js';

@Controller(['api/infra/v1/nodecluster', 'api/infra/v1/:namespace/nodecluster'])
@UseGuards(MediaTypeGuard)
export class NodeClusterController {
  constructor(@Inject(NodeClusterService) private readonly clusters: NodeClusterService) {}

  @Get()
  @Allow('node-cluster', 'read')
  async list(@Context() context: RequestContext, @Query() query: ListQuery) {
    const filter = readNodeClusterFilter(query);
    const { rows, total } = await this.clusters.list(context, filter);
    const objects = rows.map((cluster) => toNodeCluster(cluster, context.namespace));
    return writePage(objects, total, filter, `/api/infra/v1/${context.namespace}/nodecluster/`, query);
  }

  @Post()
  @Allow('node-cluster', 'create')
  async create(
    @Context() context: RequestContext,
    @Body({ schema: nodeClusterCreateWire }) body: NodeClusterCreation,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    return this.answer(context, reply, await this.clusters.create(context, readNodeClusterCreation(body)), 201);
  }

  @Get(':uuid')
  @Allow('node-cluster', 'read')
  async get(@Context() context: RequestContext, @Param('uuid', IdPipe) id: string) {
    return toNodeCluster(await this.clusters.recent(context, id), context.namespace);
  }

  @Post(':uuid/deploy')
  @Allow('node-cluster', 'update')
  async deploy(
    @Context() context: RequestContext,
    @Param('uuid', IdPipe) id: string,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    return this.answer(context, reply, await this.clusters.deploy(context, id));
  }

  @Patch(':uuid')
  @Allow('node-cluster', 'update')
  async update(
    @Context() context: RequestContext,
    @Param('uuid', IdPipe) id: string,
    @Body({ schema: nodeClusterUpdateWire }) body: NodeClusterChanges,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    return this.answer(context, reply, await this.clusters.patch(context, id, readNodeClusterChanges(body)));
  }

  @Delete(':uuid')
  @Allow('node-cluster', 'delete')
  async terminate(
    @Context() context: RequestContext,
    @Param('uuid', IdPipe) id: string,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    return this.answer(context, reply, await this.clusters.delete(context, id));
  }

  private answer(context: RequestContext, reply: WireReply, cluster: ChangedNodeCluster, done: 200 | 201 = 200) {
    answerAction(reply, cluster.action, done);
    return toNodeCluster(cluster, context.namespace);
  }
}
