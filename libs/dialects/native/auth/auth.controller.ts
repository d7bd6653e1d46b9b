import { Body, Controller, Inject, Post, Req } from '@nestjs/common';
import type { z } from 'zod';
import { SessionService } from '#libs/core/identity/session.service.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { Allow, Public } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import type { HttpRequest } from '../../kit/access/http-request.js';
import { requestOrigin } from '../../kit/access/request-origin.js';
import { Chapter } from '../docs/described.decorator.js';
import { Describe } from '../wire/describe.decorator.js';
import { loginBody, refreshBody, tokensAnswer, toTokens } from './auth.wire.js';

@Chapter('auth')
@Controller('api/v1/auth')
export class AuthController {
  constructor(@Inject(SessionService) private readonly sessions: SessionService) {}

  @Public()
  @Post('login')
  @Describe('Exchanges a name (or email address) and password for tokens.', 200, tokensAnswer)
  async login(@Body({ schema: loginBody }) body: z.output<typeof loginBody>, @Req() request: HttpRequest) {
    return toTokens(await this.sessions.login(body.name, body.password, requestOrigin(request)));
  }

  @Public()
  @Post('refresh')
  @Describe('Exchanges a refresh token, once, for new tokens.', 200, tokensAnswer)
  async refresh(@Body({ schema: refreshBody }) body: z.output<typeof refreshBody>, @Req() request: HttpRequest) {
    return toTokens(await this.sessions.refresh(body.refreshToken, requestOrigin(request)));
  }

  @Allow('profile', 'delete')
  @Post('logout')
  @Describe('Ends the session of the access token that asks.', 204)
  logout(@Context() context: RequestContext): Promise<void> {
    return this.sessions.logout(context);
  }
}
