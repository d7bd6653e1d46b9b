import { z } from 'zod';
import type { PrincipalRecord, UserRecord } from '#libs/core/identity/user.repository.port.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { hasTenant } from '#libs/core/tenancy/context-for.js';

const displayName = z.string().min(1).max(200);
const email = z.email().max(254);
const password = z.string().max(256);

export const newUserBody = z.strictObject({
  name: z.string(),
  displayName: displayName.optional(),
  email: email.optional(),
  password: password.optional(),
  isOperator: z.boolean().optional(),
});
export const userPatchBody = z.strictObject({
  displayName: displayName.optional(),
  email: email.nullable().optional(),
  password: password.optional(),
  isOperator: z.boolean().optional(),
  disabled: z.boolean().optional(),
});
export const passwordBody = z.strictObject({ currentPassword: password, newPassword: password });

export const userAnswer = z.object({
  id: z.uuid(),
  name: z.string(),
  displayName: z.string(),
  email: z.string().nullable(),
  isOperator: z.boolean(),
  hasPassword: z.boolean(),
  disabledAt: z.iso.datetime().nullable(),
  createdAt: z.iso.datetime(),
  resourceUri: z.string(),
});

export const toUser = (user: UserRecord): z.infer<typeof userAnswer> => ({
  id: user.id,
  name: user.name,
  displayName: user.displayName,
  email: user.email,
  isOperator: user.isOperator,
  hasPassword: user.passwordHash !== null,
  disabledAt: user.disabledAt?.toISOString() ?? null,
  createdAt: user.createdAt.toISOString(),
  resourceUri: `/api/v1/users/${user.id}`,
});

export const profileAnswer = z.object({
  user: userAnswer,
  organizations: z.array(z.object({ id: z.uuid(), name: z.string(), role: z.string() })),
  projects: z.array(
    z.object({
      id: z.uuid(),
      name: z.string(),
      namespace: z.string(),
      organizationId: z.uuid(),
      resourceUri: z.string(),
    }),
  ),
  /** What this credential acts on unless the address names something else. */
  present: z.object({
    organization: z.string().nullable(),
    namespace: z.string().nullable(),
    roles: z.array(z.string()),
    access: z.enum(['read', 'write']),
  }),
});

export const toProfile = (
  user: UserRecord,
  principal: PrincipalRecord,
  context: RequestContext,
): z.infer<typeof profileAnswer> => ({
  user: toUser(user),
  organizations: principal.memberships.map(({ organizationId, organizationName, role }) => ({
    id: organizationId,
    name: organizationName,
    role,
  })),
  projects: principal.projects.map(({ id, name, namespace, organizationId }) => ({
    id,
    name,
    namespace,
    organizationId,
    resourceUri: `/api/v1/projects/${id}`,
  })),
  present: {
    organization: hasTenant(context) ? context.organizationName : null,
    namespace: context.namespace || null,
    roles: [...context.roles],
    access: context.access,
  },
});
