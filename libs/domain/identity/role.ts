/** Organization roles hold in all of its projects; project roles hold in one. */
export const organizationRoles = ['owner', 'admin', 'developer', 'auditor'] as const;
export type OrganizationRole = (typeof organizationRoles)[number];

export const projectRoles = ['project-admin', 'project-developer', 'project-auditor'] as const;
export type ProjectRole = (typeof projectRoles)[number];

/** The platform's own operator: nodes, organizations, quotas; no tenant's containers unless a member too. */
export type PlatformRole = 'operator';

export type Role = OrganizationRole | ProjectRole | PlatformRole;
export const roles: readonly Role[] = [...organizationRoles, ...projectRoles, 'operator'];
