import type { z } from 'zod';
import type { OrganizationSummary } from '#libs/core/identity/organization.service.js';
import type { ProjectRecord } from '#libs/core/identity/project.repository.port.js';
import type { UserRecord } from '#libs/core/identity/user.repository.port.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { matches } from '../wire/page.wire.js';
import type { customerAnswer, projectAnswer, projectListItem, ProjectListQuery, userAnswer } from './project.wire.js';

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

/** The projects that the query asks for, in its order. There are no servers, so none is on one. */
export function selectProjects(projects: ProjectRecord[], query: ProjectListQuery): ProjectRecord[] {
  const found = projects.filter(
    (project) =>
      query.serverId === undefined &&
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

export const toCustomer = ({
  organization,
  members,
  projects,
}: OrganizationSummary): z.infer<typeof customerAnswer> => ({
  customerId: organization.id,
  customerNumber: organization.name,
  name: organization.displayName,
  creationDate: organization.createdAt.toISOString(),
  memberCount: members,
  projectCount: projects,
});

/** One of the contexts for each organization they are in. */
export const oneOfEach = (contexts: RequestContext[]): RequestContext[] => [
  ...new Map(contexts.map((context) => [context.organizationId, context])).values(),
];

/** The first word of the shown name stands for a first name. */
export function toUser(user: UserRecord): z.infer<typeof userAnswer> {
  const [firstName = '', ...others] = user.displayName.split(' ');
  return {
    userId: user.id,
    ...(user.email === null ? {} : { email: user.email }),
    person: { firstName, lastName: others.join(' ') },
    registeredAt: user.createdAt.toISOString(),
  };
}
