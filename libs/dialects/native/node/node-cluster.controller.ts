import { Body, Controller, Delete, Get, Inject, Param, Patch, Post, Query } from '@nestjs/common';
import type { z } from 'zod';
import { NodeClusterService } from '#libs/core/node/node-cluster.service.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import { Tenant } from '../../kit/access/tenant.decorator.js';
import { Chapter } from '../docs/described.decorator.js';
import { Describe } from '../wire/describe.decorator.js';
import { pageOf, toPage } from '../wire/page.wire.js';
import { tenantInQuery } from '../wire/tenant-in-query.js';
import { toClusterFilter } from './node.translate.js';
import {
  hostOffersAnswer,
  newNodeClusterBody,
  nodeClusterAnswer,
  nodeClusterPatchBody,
  nodeClusterQuery,
  toNodeCluster,
} from './node.wire.js';

@Chapter('node clusters')
@Tenant(tenantInQuery)
@Controller('api/v1/node-clusters')
export class NodeClusterController {
  constructor(@Inject(NodeClusterService) private readonly clusters: NodeClusterService) {}

  @Allow('node-cluster', 'create')
  @Post()
  @Describe('Makes a node cluster; nodes come into it with a join token or a patch.', 201, nodeClusterAnswer)
  async create(
    @Context() context: RequestContext,
    @Body({ schema: newNodeClusterBody }) body: z.output<typeof newNodeClusterBody>,
  ) {
    return toNodeCluster(await this.clusters.create(context, body));
  }

  @Allow('node-cluster', 'read')
  @Get()
  @Describe('Lists node clusters, oldest first.', 200, pageOf(nodeClusterAnswer))
  async list(
    @Context() context: RequestContext,
    @Query({ schema: nodeClusterQuery }) query: z.output<typeof nodeClusterQuery>,
  ) {
    return toPage(await this.clusters.list(context, toClusterFilter(query)), query, toNodeCluster);
  }

  @Allow('node-cluster', 'read')
  @Get('offers')
  @Describe('Kinds of hosts that the operator keeps for clusters, and how many are free.', 200, hostOffersAnswer)
  async offers(@Context() context: RequestContext) {
    return { items: await this.clusters.offers(context) };
  }

  @Allow('node-cluster', 'read')
  @Get(':cluster')
  @Describe('One node cluster.', 200, nodeClusterAnswer)
  async get(@Context() context: RequestContext, @Param('cluster') cluster: string) {
    return toNodeCluster(await this.clusters.get(context, cluster));
  }

  @Allow('node-cluster', 'update')
  @Patch(':cluster')
  @Describe('Changes name, tags or, of claimed hosts, their number.', 200, nodeClusterAnswer)
  async patch(
    @Context() context: RequestContext,
    @Param('cluster') cluster: string,
    @Body({ schema: nodeClusterPatchBody }) body: z.output<typeof nodeClusterPatchBody>,
  ) {
    return toNodeCluster(await this.clusters.patch(context, cluster, body));
  }

  @Allow('node-cluster', 'update')
  @Post(':cluster/deploy')
  @Describe('Claims the hosts of a cluster of the operator’s: all that it is to have, or none.', 200, nodeClusterAnswer)
  async deploy(@Context() context: RequestContext, @Param('cluster') cluster: string) {
    return toNodeCluster(await this.clusters.deploy(context, cluster));
  }

  @Allow('node-cluster', 'delete')
  @Delete(':cluster')
  @Describe('Removes a node cluster: its claimed hosts are emptied first; brought hosts have to leave before.', 204)
  async delete(@Context() context: RequestContext, @Param('cluster') cluster: string): Promise<void> {
    await this.clusters.delete(context, cluster);
  }
}
