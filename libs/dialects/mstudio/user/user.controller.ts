import { Body, Controller, Get, HttpCode, Inject, Put } from '@nestjs/common';
import type { z } from 'zod';
import { MembershipQueries } from '#libs/core/identity/membership.queries.js';
import { SessionService } from '#libs/core/identity/session.service.js';
import { UserService } from '#libs/core/identity/user.service.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { DomainError, notFound } from '#libs/domain/error.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context, Reach } from '../../kit/access/context.decorator.js';
import { displayNameOf, toLogin, toUser } from './user.translate.js';
import { passwordWire, personWire } from './user.wire.js';

/** Who the caller is. */
@Controller('v2/users/self')
export class UserController {
  constructor(
    @Inject(UserService) private readonly users: UserService,
    @Inject(MembershipQueries) private readonly memberships: MembershipQueries,
    @Inject(SessionService) private readonly sessions: SessionService,
  ) {}

  @Get()
  @Allow('profile', 'read')
  async self(@Context() context: RequestContext, @Reach() reach: RequestContext[]) {
    const { user } = await this.users.profile(context);
    return toUser(user, await this.memberships.own(reach));
  }

  @Put(['', 'personal-information'])
  @Allow('profile', 'update')
  @HttpCode(204)
  update(
    @Context() context: RequestContext,
    @Body({ schema: personWire }) body: z.output<typeof personWire>,
  ): Promise<void> {
    return this.users.updateOwn(context, displayNameOf(body));
  }

  @Get('credentials/email')
  @Allow('profile', 'read')
  async email(@Context() context: RequestContext) {
    const { user } = await this.users.profile(context);
    if (user.email === null) throw notFound('email address');
    return { email: user.email };
  }

  /** There is no second factor here. */
  @Get('credentials/mfa')
  @Allow('profile', 'read')
  mfa() {
    return { confirmed: false, initialized: false };
  }

  /** Every session ends, so that a new one is answered. */
  @Put('credentials/password')
  @Allow('profile', 'update')
  async password(
    @Context() context: RequestContext,
    @Body({ schema: passwordWire }) body: z.output<typeof passwordWire>,
  ) {
    try {
      await this.users.changeOwnPassword(context, body.oldPassword, body.newPassword);
    } catch (error) {
      if (error instanceof DomainError && error.detail.field === 'currentPassword') {
        throw new DomainError(error.code, 'oldPassword: the present password is another one.', {
          field: 'oldPassword',
        });
      }
      throw error;
    }
    return toLogin(await this.sessions.login(context.userName, body.newPassword, context.request));
  }
}
