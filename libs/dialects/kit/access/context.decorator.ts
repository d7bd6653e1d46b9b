import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import type { HttpRequest } from './http-request.js';

/** The handler's request context; a public handler has none. */
export const Context = createParamDecorator((_: unknown, execution: ExecutionContext): RequestContext => {
  const context = execution.switchToHttp().getRequest<HttpRequest>().pierheadContext;
  if (!context) throw new Error('A public handler has no request context.');
  return context;
});

/** For lists over everything that the credential reaches: a context for each of its projects, oldest first. */
export const Reach = createParamDecorator((_: unknown, execution: ExecutionContext): RequestContext[] => {
  const reach = execution.switchToHttp().getRequest<HttpRequest>().pierheadReach;
  if (!reach) throw new Error('A public handler reaches nothing.');
  return reach();
});
