import 'reflect-metadata';
import { SetMetadata } from '@nestjs/common';
import type { ProtectedResource, ProtectedVerb } from '#libs/core/authorization/table.js';

export const allowedKey = 'pierhead:allow';
export const publicKey = 'pierhead:public';

export interface Allowed {
  resource: ProtectedResource;
  verb: ProtectedVerb;
}

/** What the handler does to what, in the words of the authorization table. Each handler has this or `@Public()`. */
export const Allow = (resource: ProtectedResource, verb: ProtectedVerb) =>
  SetMetadata<string, Allowed>(allowedKey, { resource, verb });

/** Answers without a credential. */
export const Public = () => SetMetadata(publicKey, true);
