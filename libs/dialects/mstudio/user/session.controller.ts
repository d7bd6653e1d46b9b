import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Put, Query, Req, Res } from '@nestjs/common';
import type { z } from 'zod';
import { SessionService } from '#libs/core/identity/session.service.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { DomainError } from '#libs/domain/error.js';
import { Allow, Public } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import type { HttpRequest } from '../../kit/access/http-request.js';
import { requestOrigin } from '../../kit/access/request-origin.js';
import { IdPipe } from '../wire/id.pipe.js';
import { pageQuery, writePage, type PageQuery, type WireReply } from '../wire/page.wire.js';
import { toLogin, toSession } from './user.translate.js';
import { loginQuery, loginWire, refreshWire } from './user.wire.js';

@Controller('v2')
export class SessionController {
  constructor(@Inject(SessionService) private readonly sessions: SessionService) {}

  /** A user's name will do in place of the address. */
  @Post('authenticate')
  @Public()
  @HttpCode(200)
  async login(
    @Query({ schema: loginQuery }) query: z.output<typeof loginQuery>,
    @Body({ schema: loginWire }) body: z.output<typeof loginWire>,
    @Req() request: HttpRequest,
  ) {
    if (query.cookieOnly === 'true') {
      throw new DomainError('unsupported', 'cookieOnly: tokens are not put into cookies here; send the token along.', {
        field: 'cookieOnly',
      });
    }
    return toLogin(await this.sessions.login(body.email, body.password, requestOrigin(request)));
  }

  @Put('logout')
  @Allow('profile', 'delete')
  @HttpCode(204)
  logout(@Context() context: RequestContext): Promise<void> {
    return this.sessions.logout(context);
  }

  @Get('users/self/sessions')
  @Allow('profile', 'read')
  async list(
    @Context() context: RequestContext,
    @Query({ schema: pageQuery }) query: PageQuery,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    return writePage(reply, await this.sessions.list(context), query).map(toSession);
  }

  /** The refresh token is proof enough: the access token has ended by then. */
  @Put('users/self/sessions')
  @Public()
  async refresh(@Body({ schema: refreshWire }) body: z.output<typeof refreshWire>, @Req() request: HttpRequest) {
    const { expires, ...tokens } = toLogin(await this.sessions.refresh(body.refreshToken, requestOrigin(request)));
    return { ...tokens, expiresAt: expires };
  }

  @Delete('users/self/sessions')
  @Allow('profile', 'delete')
  @HttpCode(204)
  endOthers(@Context() context: RequestContext): Promise<void> {
    return this.sessions.endOthers(context);
  }

  @Get('users/self/sessions/current/status')
  @Allow('profile', 'read')
  current(@Context() { sessionId, apiKeyId, userId }: RequestContext) {
    return { tokenId: sessionId ?? apiKeyId, userId, isEmployee: false, isImpersonated: false };
  }

  @Get('users/self/sessions/:session')
  @Allow('profile', 'read')
  async get(@Context() context: RequestContext, @Param('session', IdPipe) id: string) {
    return toSession(await this.sessions.get(context, id));
  }

  @Delete('users/self/sessions/:session')
  @Allow('profile', 'delete')
  @HttpCode(204)
  end(@Context() context: RequestContext, @Param('session', IdPipe) id: string): Promise<void> {
    return this.sessions.end(context, id);
  }
}
