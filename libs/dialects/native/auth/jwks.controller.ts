import { Controller, Get, Inject } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { SigningKeys } from '#libs/core/identity/access-tokens.port.js';
import { Public } from '../../kit/access/allow.decorator.js';
import { Describe } from '../wire/describe.decorator.js';
import { jwksAnswer } from './auth.wire.js';

@ApiTags('auth')
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
