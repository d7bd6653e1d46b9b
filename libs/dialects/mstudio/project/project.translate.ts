import type { z } from 'zod';
import type { OrganizationSummary } from '#libs/core/identity/organization.service.js';
import type { ProjectRecord } from '#libs/core/identity/project.repository.port.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { DomainError, invalid } from '#libs/domain/error.js';
import { organizationRoles, type Role } from '#libs/domain/identity/role.js';
import { customerRoleOf } from '../member/member.translate.js';
import { matches } from '../wire/page.wire.js';
import type {
  customerAnswer,
  CustomerListQuery,
  CustomerUpdateWire,
  projectAnswer,
  projectListItem,
  ProjectListQuery,
} from './project.wire.js';

function shown(project: ProjectRecord): Omit<z.infer<typeof projectAnswer>, 'directories'> {
  const since = project.createdAt.toISOString();
  return {
    id: project.id,
    shortId: project.namespace,
    customerId: project.organizationId,
    description: project.displayName,
    createdAt: since,
    enabled: true,
    isReady: true,
    readiness: 'ready',
    status: 'ready',
    statusSetAt: since,
    supportedFeatures: ['container'],
    serverGroupId: '',
    serverId: project.organizationId,
    webStorageUsageInBytes: 0,
    webStorageUsageInBytesSetAt: since,
    backupStorageUsageInBytes: 0,
    backupStorageUsageInBytesSetAt: since,
    deletionRequested: false,
  };
}

export const toProject = (project: ProjectRecord): z.infer<typeof projectAnswer> => ({
  ...shown(project),
  directories: {},
});

export const toProjectListItem = (project: ProjectRecord): z.infer<typeof projectListItem> => ({
  ...shown(project),
  customerMeta: { id: project.organizationId },
});

/** The projects that the query asks for, in its order. */
export function selectProjects(projects: ProjectRecord[], query: ProjectListQuery): ProjectRecord[] {
  const found = projects.filter(
    (project) =>
      [undefined, project.organizationId].includes(query.serverId) &&
      (query.customerId === undefined || project.organizationId === query.customerId) &&
      matches(query.searchTerm, project.id, project.namespace, project.displayName),
  );
  const by = query.order === 'asc' ? 1 : -1;
  return found.sort((a, b) =>
    query.sort === 'createdAt'
      ? by * (a.createdAt.getTime() - b.createdAt.getTime())
      : by * a.displayName.localeCompare(b.displayName),
  );
}

/** A project's name is an address; its description is what people see. `unique` is any text of its own. */
export function newProjectInput(description: string, unique: string): { name: string; displayName: string } {
  const words = description
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 20)
    .replace(/-+$/, '');
  return { name: `${words || 'project'}-${unique}`, displayName: description };
}

export function toCustomer(
  { organization, members, projects }: OrganizationSummary,
  roles: readonly Role[],
): z.infer<typeof customerAnswer> {
  const own = organizationRoles.filter((role) => roles.includes(role)).map((role) => customerRoleOf[role]);
  return {
    customerId: organization.id,
    customerNumber: organization.name,
    name: organization.displayName,
    creationDate: organization.createdAt.toISOString(),
    memberCount: members,
    projectCount: projects,
    executingUserRoles: [...new Set(own)],
  };
}

export const selectCustomers = (
  customers: z.infer<typeof customerAnswer>[],
  { search, role }: CustomerListQuery,
): z.infer<typeof customerAnswer>[] =>
  customers.filter(
    ({ customerId, customerNumber, name, executingUserRoles }) =>
      (role === undefined || executingUserRoles.some((each) => each === role)) &&
      matches(search, customerId, customerNumber, name),
  );

/** @param organization as it stands in the address */
export function customerName({ customerId, name, owner, vatId }: CustomerUpdateWire, organization: string): string {
  if (customerId !== undefined && customerId.toLowerCase() !== organization.toLowerCase()) {
    throw invalid('customerId', 'customerId: it is another customer than the one of the address.');
  }
  const kept = owner !== undefined ? 'owner' : vatId !== undefined ? 'vatId' : null;
  if (kept)
    throw new DomainError('unsupported', `${kept}: nothing is billed here, so it is not kept.`, { field: kept });
  return name;
}

/** One of the contexts for each organization they are in. */
export const oneOfEach = (contexts: RequestContext[]): RequestContext[] => [
  ...new Map(contexts.map((context) => [context.organizationId, context])).values(),
];
