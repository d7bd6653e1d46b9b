import { Body, Controller, Get, Inject, Param, Patch, Post, Query } from '@nestjs/common';
import type { z } from 'zod';
import { UserService } from '#libs/core/identity/user.service.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import { Chapter } from '../docs/described.decorator.js';
import { Describe } from '../wire/describe.decorator.js';
import { pageOf, pageQuery, toPage } from '../wire/page.wire.js';
import { newUserBody, toUser, userAnswer, userPatchBody } from './user.wire.js';

@Chapter('users')
@Controller('api/v1/users')
export class UserController {
  constructor(@Inject(UserService) private readonly users: UserService) {}

  @Allow('user', 'create')
  @Post()
  @Describe('Makes a user.', 201, userAnswer)
  async create(@Context() context: RequestContext, @Body({ schema: newUserBody }) body: z.output<typeof newUserBody>) {
    const { name, ...wish } = body;
    return toUser(await this.users.create(context, name, wish));
  }

  @Allow('user', 'read')
  @Get()
  @Describe('Lists the platform’s users by name.', 200, pageOf(userAnswer))
  async list(@Context() context: RequestContext, @Query({ schema: pageQuery }) page: z.output<typeof pageQuery>) {
    return toPage(await this.users.list(context, page), page, toUser);
  }

  @Allow('user', 'read')
  @Get(':user')
  @Describe('One user, by id, name or email address.', 200, userAnswer)
  async get(@Context() context: RequestContext, @Param('user') user: string) {
    return toUser(await this.users.get(context, user));
  }

  @Allow('user', 'update')
  @Patch(':user')
  @Describe('Changes a user; a disabled user and one with a new password is logged out at once.', 200, userAnswer)
  async patch(
    @Context() context: RequestContext,
    @Param('user') user: string,
    @Body({ schema: userPatchBody }) body: z.output<typeof userPatchBody>,
  ) {
    return toUser(await this.users.update(context, user, body));
  }
}
