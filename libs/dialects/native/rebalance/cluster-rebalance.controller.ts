import { Body, Controller, Get, Inject, Param, Put } from '@nestjs/common';
import type { z } from 'zod';
import { RebalanceService } from '#libs/core/rebalance/rebalance.service.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import { Tenant } from '../../kit/access/tenant.decorator.js';
import { Chapter } from '../docs/described.decorator.js';
import { Describe } from '../wire/describe.decorator.js';
import { tenantInQuery } from '../wire/tenant-in-query.js';
import { rebalanceSetting } from './rebalance.wire.js';

@Chapter('rebalance')
@Tenant(tenantInQuery)
@Controller('api/v1/node-clusters/:cluster/rebalance')
export class ClusterRebalanceController {
  constructor(@Inject(RebalanceService) private readonly rebalance: RebalanceService) {}

  @Allow('node-cluster', 'read')
  @Get()
  @Describe('How many containers a minute are moved by itself between the cluster’s nodes.', 200, rebalanceSetting)
  async get(@Context() context: RequestContext, @Param('cluster') cluster: string) {
    return { movesPerMinute: await this.rebalance.ofCluster(context, cluster) };
  }

  @Allow('node-cluster', 'update')
  @Put()
  @Describe('Sets how many; 0 is none.', 200, rebalanceSetting)
  async set(
    @Context() context: RequestContext,
    @Param('cluster') cluster: string,
    @Body({ schema: rebalanceSetting }) body: z.output<typeof rebalanceSetting>,
  ) {
    return { movesPerMinute: await this.rebalance.setForCluster(context, cluster, body.movesPerMinute) };
  }
}
