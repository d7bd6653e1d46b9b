import { z } from 'zod';
import type { MemberRecord } from '#libs/core/identity/organization.repository.port.js';
import { organizationRoles, projectRoles } from '#libs/domain/identity/role.js';

export const memberBody = z.strictObject({ role: z.enum(organizationRoles) });
export const projectMemberBody = z.strictObject({ role: z.enum(projectRoles) });

export const memberAnswer = z.object({
  user: z.object({ id: z.uuid(), name: z.string(), displayName: z.string(), email: z.string().nullable() }),
  role: z.string(),
  since: z.iso.datetime().nullable(),
  resourceUri: z.string(),
});

/** @param parent the address of the organization or project */
export const toMember =
  (parent: string) =>
  ({
    user,
    role,
    since,
  }: Omit<MemberRecord<string>, 'id' | 'since'> & { since?: Date }): z.infer<typeof memberAnswer> => ({
    user: { id: user.id, name: user.name, displayName: user.displayName, email: user.email },
    role,
    since: since?.toISOString() ?? null,
    resourceUri: `${parent}/members/${user.id}`,
  });
