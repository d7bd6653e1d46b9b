import { Body, Controller, Delete, Get, HttpCode, Inject, Post, Put, Query } from '@nestjs/common';
import type { z } from 'zod';
import { PublicIpService } from '#libs/core/public-ip/public-ip.service.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import { Chapter } from '../docs/described.decorator.js';
import { Describe } from '../wire/describe.decorator.js';
import { IdParam } from '../wire/id-param.decorator.js';
import { pageOf, toPage } from '../wire/page.wire.js';
import { bindingBody, newPublicIpBody, publicIpAnswer, publicIpQuery, toPublicIp } from './public-ip.wire.js';

@Chapter('public IPs')
@Controller(['api/v1/public-ips', 'api/v1/projects/:project/public-ips'])
export class PublicIpController {
  constructor(@Inject(PublicIpService) private readonly ips: PublicIpService) {}

  @Allow('public-ip', 'read')
  @Get()
  @Describe('Lists the project’s public addresses, oldest first.', 200, pageOf(publicIpAnswer))
  async list(
    @Context() context: RequestContext,
    @Query({ schema: publicIpQuery }) query: z.output<typeof publicIpQuery>,
  ) {
    return toPage(await this.ips.list(context, query), query, toPublicIp);
  }

  @Allow('public-ip', 'read')
  @Get(':id')
  @Describe('One public address and what it is bound to.', 200, publicIpAnswer)
  async get(@Context() context: RequestContext, @IdParam('public IP') id: string) {
    return toPublicIp(await this.ips.get(context, id));
  }

  @Allow('public-ip', 'create')
  @Post()
  @Describe('Gives the project a public address, of the named pool or of any.', 201, publicIpAnswer)
  async request(
    @Context() context: RequestContext,
    @Body({ schema: newPublicIpBody }) body: z.output<typeof newPublicIpBody>,
  ) {
    return toPublicIp(await this.ips.request(context, body.pool));
  }

  @Allow('public-ip', 'update')
  @Put(':id/binding')
  @Describe(
    'Binds the address to a container, or to another one than before; it follows the slot.',
    200,
    publicIpAnswer,
  )
  async bind(
    @Context() context: RequestContext,
    @IdParam('public IP') id: string,
    @Body({ schema: bindingBody }) body: z.output<typeof bindingBody>,
  ) {
    return toPublicIp((await this.ips.bind(context, id, body)).ip);
  }

  @Allow('public-ip', 'update')
  @Delete(':id/binding')
  @HttpCode(200)
  @Describe('Unbinds the address; the project keeps it.', 200, publicIpAnswer)
  async unbind(@Context() context: RequestContext, @IdParam('public IP') id: string) {
    return toPublicIp(await this.ips.unbind(context, id));
  }

  @Allow('public-ip', 'delete')
  @Delete(':id')
  @Describe('Gives the address back, bound or not; it rests before anybody gets it again.', 204)
  async release(@Context() context: RequestContext, @IdParam('public IP') id: string): Promise<void> {
    await this.ips.release(context, id);
  }
}
