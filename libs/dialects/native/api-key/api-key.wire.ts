import { z } from 'zod';
import type { ApiKeyRecord } from '#libs/core/identity/api-key.repository.port.js';
import type { ApiKeyWish } from '#libs/core/identity/api-key.service.js';

export const newApiKeyBody = z.strictObject({
  name: z.string().min(1).max(200),
  /** Id or namespace; left out: every project its user may see. */
  project: z.string().nullable().default(null),
  access: z.enum(['read', 'write']).default('write'),
  expiresAt: z.iso.datetime({ offset: true }).nullable().default(null),
});

export const toApiKeyWish = (body: z.output<typeof newApiKeyBody>): ApiKeyWish => ({
  ...body,
  expiresAt: body.expiresAt === null ? null : new Date(body.expiresAt),
});

export const apiKeyAnswer = z.object({
  id: z.uuid(),
  name: z.string(),
  /** What the secret begins with. */
  prefix: z.string(),
  organizationId: z.uuid(),
  projectId: z.uuid().nullable(),
  /** Null for the key of a service, which its containers are given. */
  userId: z.uuid().nullable(),
  serviceId: z.uuid().nullable(),
  access: z.enum(['read', 'write']),
  expiresAt: z.iso.datetime().nullable(),
  revokedAt: z.iso.datetime().nullable(),
  /** To the minute. */
  lastUsedAt: z.iso.datetime().nullable(),
  createdAt: z.iso.datetime(),
  resourceUri: z.string(),
});
export const madeApiKeyAnswer = apiKeyAnswer.extend({
  /** Shown once. */
  secret: z.string(),
});

export const toApiKey = (key: ApiKeyRecord): z.infer<typeof apiKeyAnswer> => ({
  id: key.id,
  name: key.name,
  prefix: key.prefix,
  organizationId: key.organizationId,
  projectId: key.projectId,
  userId: key.userId,
  serviceId: key.serviceId,
  access: key.access,
  expiresAt: key.expiresAt?.toISOString() ?? null,
  revokedAt: key.revokedAt?.toISOString() ?? null,
  lastUsedAt: key.lastUsedAt?.toISOString() ?? null,
  createdAt: key.createdAt.toISOString(),
  resourceUri: `/api/v1/organizations/${key.organizationId}/api-keys/${key.id}`,
});
