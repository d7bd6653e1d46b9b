import { Body, Controller, Get, Inject, Post } from '@nestjs/common';
import type { z } from 'zod';
import { UserService } from '#libs/core/identity/user.service.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import { Chapter } from '../docs/described.decorator.js';
import { Describe } from '../wire/describe.decorator.js';
import { passwordBody, profileAnswer, toProfile } from './user.wire.js';

@Chapter('me')
@Controller('api/v1/me')
export class MeController {
  constructor(@Inject(UserService) private readonly users: UserService) {}

  @Allow('profile', 'read')
  @Get()
  @Describe('The caller, with what the credential reaches.', 200, profileAnswer)
  async get(@Context() context: RequestContext) {
    const { user, principal } = await this.users.profile(context);
    return toProfile(user, principal, context);
  }

  @Allow('profile', 'update')
  @Post('password')
  @Describe('Changes the caller’s password and ends all of its sessions.', 204)
  setPassword(
    @Context() context: RequestContext,
    @Body({ schema: passwordBody }) body: z.output<typeof passwordBody>,
  ): Promise<void> {
    return this.users.changeOwnPassword(context, body.currentPassword, body.newPassword);
  }
}
