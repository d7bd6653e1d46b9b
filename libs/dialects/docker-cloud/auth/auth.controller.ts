import { Controller, Get, UseGuards } from '@nestjs/common';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import { MediaTypeGuard } from '../http/media-type.guard.js';

/** Tells a client whether its credential is good, and whose it is. */
@Controller('auth')
@UseGuards(MediaTypeGuard)
export class AuthController {
  @Get()
  @Allow('profile', 'read')
  whoami(@Context() context: RequestContext) {
    return { user: context.userName, organization: context.organizationName, namespace: context.namespace };
  }
}
