import { Body, Controller, Delete, Get, Inject, Param, Post, Query } from '@nestjs/common';
import type { z } from 'zod';
import { ApiKeyService } from '#libs/core/identity/api-key.service.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import { Chapter } from '../docs/described.decorator.js';
import { Describe } from '../wire/describe.decorator.js';
import { pageOf, pageQuery, toPage } from '../wire/page.wire.js';
import { apiKeyAnswer, madeApiKeyAnswer, newApiKeyBody, toApiKey, toApiKeyWish } from './api-key.wire.js';

@Chapter('api keys')
@Controller('api/v1/organizations/:organization/api-keys')
export class ApiKeyController {
  constructor(@Inject(ApiKeyService) private readonly keys: ApiKeyService) {}

  @Allow('api-key', 'create')
  @Post()
  @Describe('Makes a key of the caller’s own; its secret is shown once.', 201, madeApiKeyAnswer)
  async create(
    @Context() context: RequestContext,
    @Body({ schema: newApiKeyBody }) body: z.output<typeof newApiKeyBody>,
  ) {
    const { key, secret } = await this.keys.create(context, toApiKeyWish(body));
    return { ...toApiKey(key), secret };
  }

  @Allow('api-key', 'read')
  @Get()
  @Describe('Lists the caller’s keys, newest first; an owner or admin sees everybody’s.', 200, pageOf(apiKeyAnswer))
  async list(@Context() context: RequestContext, @Query({ schema: pageQuery }) page: z.output<typeof pageQuery>) {
    return toPage(await this.keys.list(context, page), page, toApiKey);
  }

  @Allow('api-key', 'read')
  @Get(':key')
  @Describe('One key, without its secret.', 200, apiKeyAnswer)
  async get(@Context() context: RequestContext, @Param('key') key: string) {
    return toApiKey(await this.keys.get(context, key));
  }

  @Allow('api-key', 'delete')
  @Delete(':key')
  @Describe('Revokes a key at once.', 204)
  revoke(@Context() context: RequestContext, @Param('key') key: string): Promise<void> {
    return this.keys.revoke(context, key);
  }
}
