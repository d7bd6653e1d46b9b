import { Controller, Delete, Get, Inject, Param, Post } from '@nestjs/common';
import { SigningKeyService } from '#libs/core/identity/signing-key.service.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import { Chapter } from '../docs/described.decorator.js';
import { Describe } from '../wire/describe.decorator.js';
import { rotatedAnswer, signingKeysAnswer, toSigningKeys } from './signing-key.wire.js';

@Chapter('signing keys')
@Controller('api/v1/signing-keys')
export class SigningKeyController {
  constructor(@Inject(SigningKeyService) private readonly keys: SigningKeyService) {}

  @Allow('signing-key', 'read')
  @Get()
  @Describe('Lists the keys of access tokens, oldest first.', 200, signingKeysAnswer)
  async list(@Context() context: RequestContext) {
    return toSigningKeys(await this.keys.list(context));
  }

  @Allow('signing-key', 'create')
  @Post()
  @Describe('Makes a key that signs from now on; the others verify until they are retired.', 201, rotatedAnswer)
  rotate(@Context() context: RequestContext) {
    return this.keys.rotate(context);
  }

  @Allow('signing-key', 'delete')
  @Delete(':kid')
  @Describe('Retires a key: tokens signed with it are refused at once.', 204)
  retire(@Context() context: RequestContext, @Param('kid') kid: string): Promise<void> {
    return this.keys.retire(context, kid);
  }
}
