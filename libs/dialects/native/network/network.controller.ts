import { Controller, Get, Inject, Query } from '@nestjs/common';
import type { z } from 'zod';
import { NetworkQueries } from '#libs/core/network/network.queries.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import { Chapter } from '../docs/described.decorator.js';
import { Describe } from '../wire/describe.decorator.js';
import { pageOf, pageQuery, toPage } from '../wire/page.wire.js';
import { memberAnswer, networkAnswer, poolAnswer, toMember, toNetwork, toPool } from './network.wire.js';

@Chapter('networks')
@Controller('api/v1')
export class NetworkController {
  constructor(@Inject(NetworkQueries) private readonly networks: NetworkQueries) {}

  @Allow('network', 'read')
  @Get('projects/:project/network')
  @Describe('The project’s private network and how far its nodes are with it.', 200, networkAnswer)
  async get(@Context() context: RequestContext) {
    return toNetwork(await this.networks.ofProject(context));
  }

  @Allow('network', 'read')
  @Get('projects/:project/network/members')
  @Describe('Lists the addresses in use: who has them, where, and what names mean them.', 200, pageOf(memberAnswer))
  async members(@Context() context: RequestContext, @Query({ schema: pageQuery }) query: z.output<typeof pageQuery>) {
    return toPage(await this.networks.members(context, query), query, toMember);
  }

  @Allow('network-pool', 'read')
  @Get('network-pool')
  @Describe('What projects’ private networks are cut from, and which has which part; the operator’s.', 200, poolAnswer)
  async pool(@Context() context: RequestContext, @Query({ schema: pageQuery }) query: z.output<typeof pageQuery>) {
    return toPool(await this.networks.ofPool(context, query), query);
  }
}
