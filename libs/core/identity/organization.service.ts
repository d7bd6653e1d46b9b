import { invalid } from '#libs/domain/error.js';
import { Clock } from '#libs/platform/clock.js';
import { defaultShareLimit } from '../file-share/file-share.settings.js';
import { authorize, isOperator } from '../authorization/authorize.js';
import { hasTenant, noTenant } from '../tenancy/context-for.js';
import type { Page, PageWish } from '../tenancy/page.js';
import { reachOrganization } from '../tenancy/reach-organization.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { UnitOfWork, type Transaction } from '../unit-of-work/unit-of-work.port.js';
import { auditAction } from './audit.js';
import { CredentialInvalidations } from './credential-invalidations.port.js';
import { checkLabel, checkPassword, checkUserName } from './names.js';
import { newApiKey, newOrganization, newProject, newUser } from './new-records.js';
import type { OrganizationRecord } from './organization.repository.port.js';
import { PasswordHasher } from './password-hasher.port.js';
import type { ProjectRecord } from './project.repository.port.js';
import type { UserRecord } from './user.repository.port.js';

export interface NewOrganizationWish {
  name: string;
  displayName?: string | undefined;
  /** A new user where a password is given, else a user that exists. */
  owner: { name: string; password?: string | undefined; email?: string | undefined };
}

export interface FoundedOrganization {
  organization: OrganizationRecord;
  project: ProjectRecord;
  user: UserRecord;
  /** Shown once. */
  apiKey: string;
}

export interface OrganizationSummary {
  organization: OrganizationRecord;
  members: number;
  projects: number;
}

const subject = (organization: OrganizationRecord) => ({
  resourceType: 'organization' as const,
  resourceId: organization.id,
  resourceName: organization.name,
});

export class OrganizationService {
  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
    private readonly passwords: PasswordHasher,
    private readonly invalidations: CredentialInvalidations,
  ) {}

  /** An organization that can be used at once: with an owner, a project called `default` and a key. */
  async create(context: RequestContext, wish: NewOrganizationWish): Promise<FoundedOrganization> {
    authorize(context, 'organization', 'create');
    const name = checkLabel('name', wish.name);
    checkUserName('owner.name', wish.owner.name);
    const { password } = wish.owner;
    const passwordHash =
      password === undefined ? null : await this.passwords.hash(checkPassword('owner.password', password));
    const now = this.clock.now();
    const founded = await this.work.platform(async (tx) => {
      const organization = newOrganization(name, wish.displayName ?? name, now);
      await tx.identity.organizations.insert(organization);
      await tx.quotas.setLimit(organization.id, null, 'fileShares', defaultShareLimit);
      const user = await this.owner(tx, wish.owner, passwordHash, now);
      await tx.identity.organizations.setMember(organization.id, user.id, 'owner');
      const project = newProject(organization.id, 'default', name, wish.displayName ?? name, now);
      await tx.quotas.take(organization.id, noTenant, { projects: 1 });
      await tx.identity.projects.insert(project);
      const key = newApiKey(
        {
          organizationId: organization.id,
          projectId: null,
          userId: user.id,
          name: 'first',
          access: 'write',
          expiresAt: null,
        },
        now,
      );
      await tx.identity.apiKeys.insert(key.record);
      const place = { organizationId: organization.id, projectId: null };
      await tx.actions.insert(auditAction(context, 'create', subject(organization), now, place));
      return { organization, project, user, apiKey: key.secret };
    });
    await this.invalidations.settle();
    return founded;
  }

  /** The operator sees all, everybody else the organization of the call. */
  async list(context: RequestContext, page: PageWish): Promise<Page<OrganizationRecord>> {
    authorize(context, 'organization', 'read');
    if (isOperator(context)) {
      return this.work.platformRead((tx) => tx.identity.organizations.list(page.limit, page.offset));
    }
    if (!hasTenant(context)) return { rows: [], total: 0 };
    return this.work.tenantRead(context, (tx) => tx.identity.organizations.list(page.limit, page.offset));
  }

  get(context: RequestContext, idOrName: string): Promise<OrganizationRecord> {
    authorize(context, 'organization', 'read');
    return reachOrganization(this.work, context, idOrName);
  }

  /** One organization, with how many members and projects it has. */
  async summary(context: RequestContext, idOrName: string): Promise<OrganizationSummary> {
    const organization = await this.get(context, idOrName);
    return this.work.tenantRead({ organizationId: organization.id }, async (tx) => {
      const members = await tx.identity.organizations.members(organization.id, 1, 0);
      const projects = await tx.identity.projects.list(organization.id, 1, 0);
      return { organization, members: members.total, projects: projects.total };
    });
  }

  async update(context: RequestContext, idOrName: string, displayName: string): Promise<OrganizationRecord> {
    authorize(context, 'organization', 'update');
    const found = await reachOrganization(this.work, context, idOrName);
    const now = this.clock.now();
    const rowVersion = await this.work.platform(async (tx) => {
      const place = { organizationId: found.id, projectId: null };
      await tx.actions.insert(auditAction(context, 'update', subject(found), now, place));
      return tx.identity.organizations.update({ ...found, displayName });
    });
    return { ...found, displayName, rowVersion };
  }

  async delete(context: RequestContext, idOrName: string): Promise<void> {
    authorize(context, 'organization', 'delete');
    const found = await reachOrganization(this.work, context, idOrName);
    await this.work.platform(async (tx) => {
      await tx.identity.organizations.delete(found.id);
      const place = { organizationId: null, projectId: null };
      await tx.actions.insert(auditAction(context, 'delete', subject(found), this.clock.now(), place));
    });
    await this.invalidations.settle();
  }

  private async owner(
    tx: Transaction,
    wish: NewOrganizationWish['owner'],
    passwordHash: string | null,
    now: Date,
  ): Promise<UserRecord> {
    if (passwordHash === null) {
      const known = await tx.identity.users.get(wish.name);
      if (known) return known;
      throw invalid('owner.password', 'owner.password: there is no such user yet, and a new one needs a password.');
    }
    const made = newUser({ name: wish.name, email: wish.email ?? null, passwordHash }, now);
    await tx.identity.users.insert(made);
    return made;
  }
}
