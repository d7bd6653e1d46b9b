import type { z } from 'zod';
import type { OrganizationMembership, ProjectMembership } from '#libs/core/identity/membership.queries.js';
import type { MemberRecord } from '#libs/core/identity/organization.repository.port.js';
import { DomainError } from '#libs/domain/error.js';
import type { OrganizationRole, ProjectRole } from '#libs/domain/identity/role.js';
import { matches } from '../wire/page.wire.js';
import type {
  customerMemberAnswer,
  CustomerMemberQuery,
  CustomerRole,
  projectMemberAnswer,
  ProjectMemberQuery,
  ProjectWireRole,
} from './member.wire.js';

/** An admin manages members and projects, which owners do there. */
export const customerRoleOf = {
  owner: 'owner',
  admin: 'owner',
  developer: 'member',
  auditor: 'accountant',
} as const satisfies Record<OrganizationRole, CustomerRole>;

/** Who may read only has no role of that API. */
export const projectRoleOf = {
  'project-admin': 'owner',
  'project-developer': 'external',
  'project-auditor': 'notset',
} as const satisfies Record<ProjectRole, ProjectWireRole>;

const organizationRoles: Partial<Record<CustomerRole, OrganizationRole>> = {
  owner: 'owner',
  member: 'developer',
  accountant: 'auditor',
};
const rolesInProject: Partial<Record<ProjectWireRole, ProjectRole>> = {
  owner: 'project-admin',
  external: 'project-developer',
  notset: 'project-auditor',
};

/** The present role where it is shown as the wanted one, so that writing back what was read changes nothing. */
export function organizationRole(wanted: CustomerRole, present: OrganizationRole | null): OrganizationRole {
  if (present && customerRoleOf[present] === wanted) return present;
  const role = organizationRoles[wanted];
  if (!role) throw new DomainError('unsupported', 'role: give owner, member or accountant.', { field: 'role' });
  return role;
}

export function roleInProject(wanted: ProjectWireRole): ProjectRole {
  const role = rolesInProject[wanted];
  if (role) return role;
  throw new DomainError(
    'unsupported',
    'role: there is no mail here; give owner, external, or notset for reading only.',
    {
      field: 'role',
    },
  );
}

export function refuseExpiry(expiresAt: string | null | undefined, field: string): void {
  if (!expiresAt) return;
  throw new DomainError('unsupported', `${field}: a role does not end by itself here; remove the member then.`, {
    field,
  });
}

function shown({ id, user, since }: MemberRecord<string>) {
  const [firstName = '', ...others] = user.displayName.split(' ');
  return {
    id,
    userId: user.id,
    email: user.email ?? user.name,
    firstName,
    lastName: others.join(' '),
    memberSince: since.toISOString(),
    mfa: false as const,
  };
}

export const toCustomerMember = (member: OrganizationMembership): z.infer<typeof customerMemberAnswer> => ({
  ...shown(member),
  customerId: member.organizationId,
  role: customerRoleOf[member.role],
});

export const toProjectMember = (member: ProjectMembership): z.infer<typeof projectMemberAnswer> => ({
  ...shown(member),
  projectId: member.projectId,
  inherited: member.inherited,
  role: projectRoleOf[member.role],
});

interface Shown {
  role: string;
  userId: string;
  email: string;
  firstName: string;
  lastName: string;
}

/** No role ends by itself, and nobody has a second factor. */
const fits = (member: Shown, query: { role?: string | undefined; searchTerm?: string | undefined }): boolean =>
  (query.role === undefined || member.role === query.role) &&
  matches(query.searchTerm, member.userId, member.email, `${member.firstName} ${member.lastName}`);

export const selectCustomerMembers = <T extends Shown>(members: T[], query: CustomerMemberQuery): T[] =>
  query.hasExpiry ? [] : members.filter((member) => fits(member, query));

export const selectProjectMembers = <T extends Shown & { inherited: boolean }>(
  members: T[],
  query: ProjectMemberQuery,
): T[] =>
  query.hasExpiry || query.hasMfa
    ? []
    : members.filter(
        (member) => (query.isInherited === undefined || member.inherited === query.isInherited) && fits(member, query),
      );
