import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Put, Query, Res } from '@nestjs/common';
import type { ApiKeyRecord } from '#libs/core/identity/api-key.repository.port.js';
import { ApiKeyService } from '#libs/core/identity/api-key.service.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { notFound } from '#libs/domain/error.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import { IdPipe } from '../wire/id.pipe.js';
import { pageQuery, writePage, type PageQuery, type WireReply } from '../wire/page.wire.js';
import { toKeyWish, toToken } from './user.translate.js';
import { newTokenWire, tokenUpdateWire, type NewTokenWire, type TokenUpdateWire } from './user.wire.js';

/** The caller's own API keys, in the customer that the asking credential is of. */
@Controller('v2/users/self/api-tokens')
export class TokenController {
  constructor(@Inject(ApiKeyService) private readonly keys: ApiKeyService) {}

  @Post()
  @Allow('api-key', 'create')
  async create(@Context() context: RequestContext, @Body({ schema: newTokenWire }) body: NewTokenWire) {
    return { token: (await this.keys.create(context, toKeyWish(body))).secret };
  }

  @Get()
  @Allow('api-key', 'read')
  async list(
    @Context() context: RequestContext,
    @Query({ schema: pageQuery }) query: PageQuery,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    return writePage(reply, await this.keys.own(context), query).map(toToken);
  }

  @Get(':token')
  @Allow('api-key', 'read')
  async get(@Context() context: RequestContext, @Param('token', IdPipe) id: string) {
    return toToken(await this.own(context, id));
  }

  /** Without an end it keeps the one it has. */
  @Put(':token')
  @Allow('api-key', 'update')
  @HttpCode(204)
  async update(
    @Context() context: RequestContext,
    @Param('token', IdPipe) id: string,
    @Body({ schema: tokenUpdateWire }) body: TokenUpdateWire,
  ): Promise<void> {
    const expiresAt = body.expiresAt === undefined ? undefined : new Date(body.expiresAt);
    await this.keys.update(context, (await this.own(context, id)).id, { name: body.description, expiresAt });
  }

  @Delete(':token')
  @Allow('api-key', 'delete')
  @HttpCode(204)
  async remove(@Context() context: RequestContext, @Param('token', IdPipe) id: string): Promise<void> {
    await this.keys.revoke(context, (await this.own(context, id)).id);
  }

  private async own(context: RequestContext, id: string): Promise<ApiKeyRecord> {
    const key = (await this.keys.own(context)).find((each) => each.id === id);
    if (!key) throw notFound('API token');
    return key;
  }
}
