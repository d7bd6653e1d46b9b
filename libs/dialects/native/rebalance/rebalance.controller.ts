import { Body, Controller, Get, Inject, Post, Put, Query } from '@nestjs/common';
import type { z } from 'zod';
import { RebalanceService } from '#libs/core/rebalance/rebalance.service.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import { Chapter } from '../docs/described.decorator.js';
import { Describe } from '../wire/describe.decorator.js';
import {
  rebalanceBegun,
  rebalanceBody,
  rebalanceProposal,
  rebalanceQuery,
  rebalanceSetting,
  toBegun,
  toProposal,
} from './rebalance.wire.js';

@Chapter('rebalance')
@Controller('api/v1/projects/:project/rebalance')
export class RebalanceController {
  constructor(@Inject(RebalanceService) private readonly rebalance: RebalanceService) {}

  @Allow('project', 'read')
  @Get()
  @Describe('What would be moved for an even spread over the nodes, and why; nothing is.', 200, rebalanceProposal)
  async propose(
    @Context() context: RequestContext,
    @Query({ schema: rebalanceQuery }) query: z.output<typeof rebalanceQuery>,
  ) {
    return toProposal(await this.rebalance.propose(context, query.moves));
  }

  @Allow('project', 'operate')
  @Post()
  @Describe('Moves containers, the new one first; one action for each service.', 200, rebalanceBegun)
  async run(@Context() context: RequestContext, @Body({ schema: rebalanceBody }) body: z.output<typeof rebalanceBody>) {
    return toBegun(await this.rebalance.run(context, body.moves));
  }

  @Allow('project', 'update')
  @Put()
  @Describe('How many containers a minute are moved by itself; 0 is none.', 200, rebalanceSetting)
  async set(
    @Context() context: RequestContext,
    @Body({ schema: rebalanceSetting }) body: z.output<typeof rebalanceSetting>,
  ) {
    return { movesPerMinute: await this.rebalance.setForProject(context, body.movesPerMinute) };
  }
}
