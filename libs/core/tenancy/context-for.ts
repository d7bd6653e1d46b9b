import { notFound } from '#libs/domain/error.js';
import type { OrganizationRole, ProjectRole, Role } from '#libs/domain/identity/role.js';
import type { Principal } from '../identity/principal.js';
import type { RequestContext, RequestOrigin } from './request-context.js';

/** The tenant an address names. Null where the address names none: then the credential's own is meant. */
export type TenantReference =
  /** `spokenOfAs`: what the address named, for the refusal. */
  | { kind: 'project'; idOrNamespace: string; spokenOfAs?: string }
  | { kind: 'organization'; idOrName: string; spokenOfAs?: string };

/** Stands where a context has no tenant: no row carries it, so nothing of a tenant can be reached with it. */
export const noTenant = '00000000-0000-0000-0000-000000000000';

export const hasTenant = (context: Pick<RequestContext, 'organizationId'>): boolean =>
  context.organizationId !== noTenant;

interface Organization {
  id: string;
  name: string;
}

/**
 * The context of one call. A tenant that is absent and one that is foreign are refused alike, with `not-found`.
 * A key that is bound to a project holds its user's role in that project only.
 */
export function contextFor(
  principal: Principal,
  tenant: TenantReference | null,
  origin: RequestOrigin,
): RequestContext {
  const { organization, project } = placeOf(principal, tenant);
  const { credential } = principal;
  return {
    userId: principal.userId,
    userName: principal.userName,
    apiKeyId: credential.kind === 'api-key' ? credential.id : null,
    sessionId: credential.kind === 'session' ? credential.id : null,
    organizationId: organization?.id ?? noTenant,
    organizationName: organization?.name ?? '',
    projectId: project?.id ?? noTenant,
    namespace: project?.namespace ?? '',
    roles: rolesIn(principal, organization, project?.id ?? null),
    access: credential.kind === 'api-key' ? credential.access : 'write',
    request: origin,
  };
}

/** One context for each project that the credential reaches, oldest project first. */
export const contextsFor = (principal: Principal, origin: RequestOrigin): RequestContext[] =>
  principal.projects
    .filter((project) => mayEnter(principal, project))
    .map((project) => contextFor(principal, { kind: 'project', idOrNamespace: project.id }, origin));

type Project = Principal['projects'][number];

function placeOf(
  principal: Principal,
  tenant: TenantReference | null,
): { organization: Organization | null; project: Project | null } {
  const organizations = organizationsOf(principal);
  const projects = principal.projects.filter((project) => mayEnter(principal, project));
  if (tenant?.kind === 'project') {
    const wanted = tenant.idOrNamespace;
    const project = projects.find((each) => each.id === wanted || each.namespace === wanted);
    // A user's own namespace is what is meant without one. Source: index.md, "Namespaced endpoints".
    if (!project && wanted === principal.userName) return placeOf(principal, null);
    const organization = organizations.find((each) => each.id === project?.organizationId);
    if (!project || !organization) throw notFound(tenant.spokenOfAs ?? 'project');
    return { organization, project };
  }
  if (tenant?.kind === 'organization') {
    const organization = organizations.find((each) => each.id === tenant.idOrName || each.name === tenant.idOrName);
    if (organization) return { organization, project: firstOf(projects, organization) };
    if (holdsOperator(principal)) return { organization: null, project: null };
    throw notFound(tenant.spokenOfAs ?? 'organization');
  }
  const organization = organizations.find((each) => firstOf(projects, each)) ?? organizations[0] ?? null;
  return { organization, project: organization && firstOf(projects, organization) };
}

const firstOf = (projects: Project[], organization: Organization): Project | null =>
  projects.find((project) => project.organizationId === organization.id) ?? null;

/** The organizations the credential reaches, those with a role in the whole of it first. */
function organizationsOf(principal: Principal): Organization[] {
  const { credential } = principal;
  const found = new Map<string, Organization>();
  for (const { organizationId, organizationName } of [...principal.memberships, ...principal.projectMemberships]) {
    if (credential.kind === 'api-key' && credential.organizationId !== organizationId) continue;
    if (!found.has(organizationId)) found.set(organizationId, { id: organizationId, name: organizationName });
  }
  return [...found.values()];
}

function mayEnter(principal: Principal, project: Project): boolean {
  const { credential } = principal;
  if (credential.kind === 'api-key') {
    if (credential.organizationId !== project.organizationId) return false;
    if (credential.projectId !== null && credential.projectId !== project.id) return false;
  }
  return (
    principal.memberships.some((each) => each.organizationId === project.organizationId) ||
    principal.projectMemberships.some((each) => each.projectId === project.id)
  );
}

/** What a role in the organization is worth in each of its projects. */
export const withinProject: Record<OrganizationRole, ProjectRole> = {
  owner: 'project-admin',
  admin: 'project-admin',
  developer: 'project-developer',
  auditor: 'project-auditor',
};

const boundToProject = ({ credential }: Principal): boolean =>
  credential.kind === 'api-key' && credential.projectId !== null;

const holdsOperator = (principal: Principal): boolean => principal.isOperator && !boundToProject(principal);

function rolesIn(principal: Principal, organization: Organization | null, projectId: string | null): Role[] {
  const roles = new Set<Role>();
  for (const membership of principal.memberships) {
    if (membership.organizationId !== organization?.id) continue;
    roles.add(boundToProject(principal) ? withinProject[membership.role] : membership.role);
  }
  for (const membership of principal.projectMemberships) {
    if (membership.projectId === projectId) roles.add(membership.role);
  }
  if (holdsOperator(principal)) roles.add('operator');
  return [...roles];
}
