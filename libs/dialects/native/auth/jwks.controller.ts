import { Controller, Get, Inject } from '@nestjs/common';
import { SigningKeys } from '#libs/core/identity/access-tokens.port.js';
import { Public } from '../../kit/access/allow.decorator.js';
import { Chapter } from '../docs/described.decorator.js';
import { Describe } from '../wire/describe.decorator.js';
import { jwksAnswer } from './auth.wire.js';

@Chapter('auth')
@Controller('.well-known')
export class JwksController {
  constructor(@Inject(SigningKeys) private readonly keys: SigningKeys) {}

  @Public()
  @Get('jwks.json')
  @Describe('Public keys that access tokens are verified with (RFC 7517).', 200, jwksAnswer)
  jwks() {
    return this.keys.jwks();
  }
}
