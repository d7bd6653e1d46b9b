import { z } from 'zod';
import type { JoinTokenRecord } from '#libs/core/identity/join-token.repository.port.js';
import { pageQuery } from '../wire/page.wire.js';

const pool = z.enum(['organization', 'shared']);
const hour = 3600;

export const newJoinTokenBody = z.strictObject({
  /** Whose node it makes; an operator in no organization gets the shared pool. */
  pool: pool.optional(),
  nodeClusterId: z.uuid().nullable().default(null),
  tags: z.array(z.string()).max(64).default([]),
  lifetimeSeconds: z
    .number()
    .int()
    .min(60)
    .max(7 * 24 * hour)
    .default(hour),
});
export const joinTokenQuery = pageQuery.extend({ organization: z.string().optional(), pool: pool.optional() });

export const joinTokenAnswer = z.object({
  id: z.uuid(),
  pool,
  organizationId: z.uuid().nullable(),
  nodeClusterId: z.uuid().nullable(),
  tags: z.array(z.string()),
  expiresAt: z.iso.datetime(),
  usedAt: z.iso.datetime().nullable(),
  usedByNodeId: z.uuid().nullable(),
  revokedAt: z.iso.datetime().nullable(),
  createdAt: z.iso.datetime(),
  resourceUri: z.string(),
});
export const madeJoinTokenAnswer = joinTokenAnswer.extend({
  /** Shown once. */
  token: z.string(),
});

export const toJoinToken = (token: JoinTokenRecord): z.infer<typeof joinTokenAnswer> => ({
  id: token.id,
  pool: token.organizationId === null ? 'shared' : 'organization',
  organizationId: token.organizationId,
  nodeClusterId: token.nodeClusterId,
  tags: token.tags,
  expiresAt: token.expiresAt.toISOString(),
  usedAt: token.usedAt?.toISOString() ?? null,
  usedByNodeId: token.usedByNodeId,
  revokedAt: token.revokedAt?.toISOString() ?? null,
  createdAt: token.createdAt.toISOString(),
  resourceUri: `/api/v1/join-tokens/${token.id}`,
});
