import { Body, Controller, Delete, Get, Inject, Param, Patch, Post, Query } from '@nestjs/common';
import type { z } from 'zod';
import { NodeService } from '#libs/core/node/node.service.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import { Tenant } from '../../kit/access/tenant.decorator.js';
import { Chapter } from '../docs/described.decorator.js';
import { Describe } from '../wire/describe.decorator.js';
import { pageOf, toPage } from '../wire/page.wire.js';
import { tenantInQuery } from '../wire/tenant-in-query.js';
import { toNodeFilter } from './node.translate.js';
import { nodeAnswer, nodePatchBody, nodeQuery, nodeRemovalQuery, toNode } from './node.wire.js';

@Chapter('nodes')
@Tenant(tenantInQuery)
@Controller('api/v1/nodes')
export class NodeController {
  constructor(@Inject(NodeService) private readonly nodes: NodeService) {}

  @Allow('node', 'read')
  @Get()
  @Describe('Lists the organization’s nodes and the shared pool’s; the operator sees all.', 200, pageOf(nodeAnswer))
  async list(@Context() context: RequestContext, @Query({ schema: nodeQuery }) query: z.output<typeof nodeQuery>) {
    return toPage(await this.nodes.list(context, toNodeFilter(query)), query, toNode);
  }

  @Allow('node', 'read')
  @Get(':node')
  @Describe('One node.', 200, nodeAnswer)
  async get(@Context() context: RequestContext, @Param('node') node: string) {
    return toNode(await this.nodes.get(context, node));
  }

  @Allow('node', 'update')
  @Patch(':node')
  @Describe('Changes name, tags or cluster.', 200, nodeAnswer)
  async patch(
    @Context() context: RequestContext,
    @Param('node') node: string,
    @Body({ schema: nodePatchBody }) body: z.output<typeof nodePatchBody>,
  ) {
    return toNode(await this.nodes.patch(context, node, body));
  }

  @Allow('node', 'operate')
  @Post(':node/cordon')
  @Describe('Takes no new containers from now on.', 200, nodeAnswer)
  async cordon(@Context() context: RequestContext, @Param('node') node: string) {
    return toNode(await this.nodes.cordon(context, node));
  }

  @Allow('node', 'operate')
  @Post(':node/uncordon')
  @Describe('Takes containers again.', 200, nodeAnswer)
  async uncordon(@Context() context: RequestContext, @Param('node') node: string) {
    return toNode(await this.nodes.uncordon(context, node));
  }

  @Allow('node', 'operate')
  @Post(':node/drain')
  @Describe('Moves services away and takes no new containers.', 200, nodeAnswer)
  async drain(@Context() context: RequestContext, @Param('node') node: string) {
    return toNode(await this.nodes.drain(context, node));
  }

  @Allow('node', 'delete')
  @Delete(':node')
  @Describe('Revokes the node’s certificate and removes it; refused while it has containers, unless forced.', 204)
  async remove(
    @Context() context: RequestContext,
    @Param('node') node: string,
    @Query({ schema: nodeRemovalQuery }) query: z.output<typeof nodeRemovalQuery>,
  ): Promise<void> {
    await this.nodes.remove(context, node, query.force);
  }
}
