import { DomainError, notFound } from '#libs/domain/error.js';
import { Clock } from '#libs/platform/clock.js';
import { authorize, isOperator } from '../authorization/authorize.js';
import { noTenant } from '../tenancy/context-for.js';
import type { Page, PageWish } from '../tenancy/page.js';
import { reachOrganization } from '../tenancy/reach-organization.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { UnitOfWork } from '../unit-of-work/unit-of-work.port.js';
import { auditAction } from './audit.js';
import { CredentialInvalidations } from './credential-invalidations.port.js';
import { checkLabel } from './names.js';
import { newProject } from './new-records.js';
import type { ProjectRecord } from './project.repository.port.js';

const subject = (project: ProjectRecord) => ({
  resourceType: 'project' as const,
  resourceId: project.id,
  resourceName: project.name,
});

/** More than an organization may have. */
const mostProjects = 10_000;

/** Projects of an organization. The context's project is the one the address named. */
export class ProjectService {
  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
    private readonly invalidations: CredentialInvalidations,
  ) {}

  async create(
    context: RequestContext,
    organization: string,
    wish: { name: string; namespace?: string | undefined; displayName?: string | undefined },
  ): Promise<ProjectRecord> {
    authorize(context, 'project', 'create');
    const { id, name: organizationName } = await reachOrganization(this.work, context, organization);
    const name = checkLabel('name', wish.name);
    const namespace = checkLabel('namespace', wish.namespace ?? `${organizationName}-${name}`);
    const project = newProject(id, name, namespace, wish.displayName ?? name, this.clock.now());
    await this.work.tenant({ organizationId: id }, async (tx) => {
      await tx.quotas.take(id, noTenant, { projects: 1 });
      await tx.identity.projects.insert(project);
      const place = { organizationId: id, projectId: project.id };
      await tx.actions.insert(auditAction(context, 'create', subject(project), project.createdAt, place));
    });
    await this.invalidations.settle();
    return project;
  }

  /** Somebody with a role in single projects only sees the one of the call. */
  async list(context: RequestContext, organization: string, page: PageWish): Promise<Page<ProjectRecord>> {
    authorize(context, 'project', 'read');
    const { id } = await reachOrganization(this.work, context, organization);
    return this.work.tenantRead({ organizationId: id }, async (tx) => {
      if (isOperator(context) || hasOrganizationRole(context)) {
        return tx.identity.projects.list(id, page.limit, page.offset);
      }
      const own = await tx.identity.projects.get(context.projectId);
      return { rows: own && page.offset === 0 ? [own] : [], total: own ? 1 : 0 };
    });
  }

  /** The projects of these contexts, oldest first; one read for each organization. */
  async reachable(contexts: readonly RequestContext[]): Promise<ProjectRecord[]> {
    const wanted = new Map<string, Set<string>>();
    for (const context of contexts) {
      authorize(context, 'project', 'read');
      wanted.set(context.organizationId, (wanted.get(context.organizationId) ?? new Set()).add(context.projectId));
    }
    const found: ProjectRecord[] = [];
    for (const [organizationId, ids] of wanted) {
      const { rows } = await this.work.tenantRead({ organizationId }, (tx) =>
        tx.identity.projects.list(organizationId, mostProjects, 0),
      );
      found.push(...rows.filter(({ id }) => ids.has(id)));
    }
    return found.sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
  }

  async get(context: RequestContext): Promise<ProjectRecord> {
    authorize(context, 'project', 'read');
    const project = await this.work.tenantRead(context, (tx) => tx.identity.projects.get(context.projectId));
    if (!project) throw notFound('project');
    return project;
  }

  async update(context: RequestContext, displayName: string): Promise<ProjectRecord> {
    authorize(context, 'project', 'update');
    return this.work.tenant(context, async (tx) => {
      const project = await tx.identity.projects.get(context.projectId);
      if (!project) throw notFound('project');
      const place = { organizationId: project.organizationId, projectId: project.id };
      await tx.actions.insert(auditAction(context, 'update', subject(project), this.clock.now(), place));
      return { ...project, displayName, rowVersion: await tx.identity.projects.update({ ...project, displayName }) };
    });
  }

  async delete(context: RequestContext): Promise<void> {
    authorize(context, 'project', 'delete');
    await this.work.tenant(context, async (tx) => {
      const project = await tx.identity.projects.get(context.projectId);
      if (!project) throw notFound('project');
      const { total } = await tx.identity.projects.list(project.organizationId, 1, 0);
      if (total < 2) throw new DomainError('state', 'An organization keeps at least one project.');
      await tx.identity.projects.delete(project.id);
      await tx.quotas.take(project.organizationId, noTenant, { projects: -1 });
      const place = { organizationId: project.organizationId, projectId: null };
      await tx.actions.insert(auditAction(context, 'delete', subject(project), this.clock.now(), place));
    });
    await this.invalidations.settle();
  }
}

export const hasOrganizationRole = (context: RequestContext): boolean =>
  context.roles.some((role) => ['owner', 'admin', 'developer', 'auditor'].includes(role));
