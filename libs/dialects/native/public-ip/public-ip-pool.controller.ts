import { Body, Controller, Delete, Get, Inject, Post, Query } from '@nestjs/common';
import type { z } from 'zod';
import { PublicIpPoolService } from '#libs/core/public-ip/public-ip-pool.service.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import { Chapter } from '../docs/described.decorator.js';
import { Describe } from '../wire/describe.decorator.js';
import { IdParam } from '../wire/id-param.decorator.js';
import { pageOf, pageQuery, toPage } from '../wire/page.wire.js';
import { newPoolBody, publicIpPoolAnswer, toPublicIpPool } from './public-ip.wire.js';

@Chapter('public IPs')
@Controller('api/v1/public-ip-pools')
export class PublicIpPoolController {
  constructor(@Inject(PublicIpPoolService) private readonly pools: PublicIpPoolService) {}

  @Allow('public-ip-pool', 'read')
  @Get()
  @Describe('Lists the operator’s ranges of public addresses and how full they are.', 200, pageOf(publicIpPoolAnswer))
  async list(@Context() context: RequestContext, @Query({ schema: pageQuery }) query: z.output<typeof pageQuery>) {
    return toPage(await this.pools.list(context, query), query, toPublicIpPool);
  }

  @Allow('public-ip-pool', 'read')
  @Get(':id')
  @Describe('One range of public addresses.', 200, publicIpPoolAnswer)
  async get(@Context() context: RequestContext, @IdParam('public IP pool') id: string) {
    return toPublicIpPool(await this.pools.get(context, id));
  }

  @Allow('public-ip-pool', 'create')
  @Post()
  @Describe('Adds a range of public addresses, from one to another or as a CIDR range.', 201, publicIpPoolAnswer)
  async create(@Context() context: RequestContext, @Body({ schema: newPoolBody }) body: z.output<typeof newPoolBody>) {
    return toPublicIpPool(await this.pools.create(context, body));
  }

  @Allow('public-ip-pool', 'delete')
  @Delete(':id')
  @Describe('Takes a range away; refused while projects hold addresses of it.', 204)
  async delete(@Context() context: RequestContext, @IdParam('public IP pool') id: string): Promise<void> {
    await this.pools.delete(context, id);
  }
}
