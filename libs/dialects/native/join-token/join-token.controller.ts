import { Body, Controller, Delete, Get, Inject, Param, Post, Query } from '@nestjs/common';
import type { z } from 'zod';
import { JoinTokenService } from '#libs/core/identity/join-token.service.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import { Tenant } from '../../kit/access/tenant.decorator.js';
import { Chapter } from '../docs/described.decorator.js';
import { Describe } from '../wire/describe.decorator.js';
import { pageOf, toPage } from '../wire/page.wire.js';
import { tenantInQuery } from '../wire/tenant-in-query.js';
import {
  joinTokenAnswer,
  joinTokenQuery,
  madeJoinTokenAnswer,
  newJoinTokenBody,
  toJoinToken,
} from './join-token.wire.js';

@Chapter('join tokens')
@Tenant(tenantInQuery)
@Controller('api/v1/join-tokens')
export class JoinTokenController {
  constructor(@Inject(JoinTokenService) private readonly tokens: JoinTokenService) {}

  @Allow('join-token', 'create')
  @Post()
  @Describe('Makes a token that one node can join with; it is shown once.', 201, madeJoinTokenAnswer)
  async create(
    @Context() context: RequestContext,
    @Body({ schema: newJoinTokenBody }) body: z.output<typeof newJoinTokenBody>,
  ) {
    const { token, text } = await this.tokens.create(context, body);
    return { ...toJoinToken(token), token: text };
  }

  @Allow('join-token', 'read')
  @Get()
  @Describe('Lists join tokens, newest first, without their secrets.', 200, pageOf(joinTokenAnswer))
  async list(
    @Context() context: RequestContext,
    @Query({ schema: joinTokenQuery }) query: z.output<typeof joinTokenQuery>,
  ) {
    return toPage(await this.tokens.list(context, query.pool, query), query, toJoinToken);
  }

  @Allow('join-token', 'read')
  @Get(':token')
  @Describe('One join token, without its secret.', 200, joinTokenAnswer)
  async get(@Context() context: RequestContext, @Param('token') token: string) {
    return toJoinToken(await this.tokens.get(context, token));
  }

  @Allow('join-token', 'delete')
  @Delete(':token')
  @Describe('Revokes a token that was not used.', 204)
  revoke(@Context() context: RequestContext, @Param('token') token: string): Promise<void> {
    return this.tokens.revoke(context, token);
  }
}
