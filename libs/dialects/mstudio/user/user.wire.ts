import { z } from 'zod';
import { pageQuery } from '../wire/page.wire.js';

const name = z.string().trim().max(100);
export const personWire = z.object({
  person: z.object({ firstName: name.min(1), lastName: name, title: z.enum(['mr', 'ms', 'other']).optional() }),
});

const secret = z.string().min(1).max(256);
export const loginWire = z.object({ email: z.string().min(1).max(254), password: secret });
export const loginQuery = z.object({ cookieOnly: z.enum(['true', 'false']).optional() });
export const refreshWire = z.object({ refreshToken: secret });
export const passwordWire = z.object({
  oldPassword: secret,
  newPassword: z.string(),
  multiFactorCode: z.string().optional(),
});

const description = z.string().trim().min(1).max(200);
const expiresAt = z.iso.datetime({ offset: true }).optional();
export const tokenRoles = ['api_read', 'api_write'] as const;
export const newTokenWire = z.object({ description, expiresAt, roles: z.array(z.enum(tokenRoles)).min(1) });
export type NewTokenWire = z.output<typeof newTokenWire>;
export const tokenUpdateWire = z.object({ description, expiresAt });
export type TokenUpdateWire = z.output<typeof tokenUpdateWire>;

export const userPageQuery = pageQuery;

const since = z.iso.datetime();

export const userAnswer = z.strictObject({
  userId: z.uuid(),
  email: z.email().optional(),
  person: z.strictObject({ firstName: z.string(), lastName: z.string() }),
  registeredAt: since,
  isEmployee: z.literal(false),
  mfa: z.strictObject({ active: z.literal(false), setup: z.literal(false) }),
  /** By the id of the customer. */
  customerMemberships: z.record(
    z.uuid(),
    z.strictObject({ id: z.uuid(), memberSince: since, role: z.enum(['owner', 'member', 'accountant']) }),
  ),
  /** By the id of the project. */
  projectMemberships: z.record(
    z.uuid(),
    z.strictObject({
      id: z.uuid(),
      inherited: z.boolean(),
      memberSince: since,
      role: z.enum(['owner', 'emailadmin', 'external']),
    }),
  ),
});

export const emailAnswer = z.strictObject({ email: z.email() });
export const mfaAnswer = z.strictObject({ confirmed: z.literal(false), initialized: z.literal(false) });

export const loginAnswer = z.strictObject({ token: z.string(), refreshToken: z.string(), expires: since });
export const refreshAnswer = z.strictObject({ token: z.string(), refreshToken: z.string(), expiresAt: since });

export const sessionAnswer = z.strictObject({
  tokenId: z.uuid(),
  created: since,
  /** What a session was begun with is not kept. */
  device: z.strictObject({}),
  location: z.strictObject({ ipAddress: z.ipv4() }).optional(),
});
export const currentSessionAnswer = z.strictObject({
  tokenId: z.uuid(),
  userId: z.uuid(),
  isEmployee: z.literal(false),
  isImpersonated: z.literal(false),
});

export const tokenAnswer = z.strictObject({
  apiTokenId: z.uuid(),
  description: z.string(),
  createdAt: since,
  expiresAt: since.optional(),
  roles: z.array(z.enum(tokenRoles)),
});
export const madeTokenAnswer = z.strictObject({ token: z.string() });
