import { DomainError, invalid, notFound } from '#libs/domain/error.js';
import { isId } from '#libs/domain/id.js';
import { Clock } from '#libs/platform/clock.js';
import { authorize } from '../authorization/authorize.js';
import { hasTenant } from '../tenancy/context-for.js';
import type { Page, PageWish } from '../tenancy/page.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { UnitOfWork, type Transaction } from '../unit-of-work/unit-of-work.port.js';
import type { ApiKeyRecord } from './api-key.repository.port.js';
import { auditAction } from './audit.js';
import { CredentialInvalidations } from './credential-invalidations.port.js';
import { newApiKey } from './new-records.js';
import { hasOrganizationRole } from './project.service.js';

export interface ApiKeyWish {
  name: string;
  /** Id or namespace; null: every project its user may see. */
  project: string | null;
  access: 'read' | 'write';
  expiresAt: Date | null;
}

const managesAll = (context: RequestContext): boolean =>
  context.roles.includes('owner') || context.roles.includes('admin');

/** Keys are their user's; owners and admins see and revoke all of their organization's. */
export class ApiKeyService {
  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
    private readonly invalidations: CredentialInvalidations,
  ) {}

  /** The secret is returned here and never again. A key makes no key that may more than itself. */
  async create(context: RequestContext, wish: ApiKeyWish): Promise<{ key: ApiKeyRecord; secret: string }> {
    authorize(context, 'api-key', 'create');
    if (!hasTenant(context)) throw new DomainError('forbidden', 'A key belongs to an organization; become a member.');
    const now = this.clock.now();
    if (wish.expiresAt && wish.expiresAt <= now) throw invalid('expiresAt', 'expiresAt: must be in the future.');
    return this.work.tenant(context, async (tx) => {
      await this.mayMakeKeys(tx, context, wish.expiresAt);
      const made = newApiKey(
        {
          organizationId: context.organizationId,
          projectId: await this.projectOf(tx, context, wish.project),
          userId: context.userId,
          name: wish.name,
          access: wish.access,
          expiresAt: wish.expiresAt,
        },
        now,
      );
      await tx.identity.apiKeys.insert(made.record);
      await tx.actions.insert(auditAction(context, 'create', subject(made.record), now));
      return { key: made.record, secret: made.secret };
    });
  }

  list(context: RequestContext, page: PageWish): Promise<Page<ApiKeyRecord>> {
    authorize(context, 'api-key', 'read');
    const userId = managesAll(context) ? null : context.userId;
    return this.work.tenantRead(context, (tx) =>
      tx.identity.apiKeys.list(context.organizationId, userId, page.limit, page.offset),
    );
  }

  async get(context: RequestContext, id: string): Promise<ApiKeyRecord> {
    authorize(context, 'api-key', 'read');
    return this.work.tenantRead(context, (tx) => reach(tx, context, id));
  }

  /** The caller's own that still work. */
  own(context: RequestContext): Promise<ApiKeyRecord[]> {
    authorize(context, 'api-key', 'read');
    const now = this.clock.now();
    return this.work.tenantRead(context, (tx) =>
      tx.identity.apiKeys.living(context.organizationId, context.userId, now),
    );
  }

  /** Names it anew or moves its end. Errors: `not-found`, `invalid` (`expiresAt`). */
  async update(
    context: RequestContext,
    id: string,
    wish: { name: string; expiresAt?: Date | undefined },
  ): Promise<ApiKeyRecord> {
    authorize(context, 'api-key', 'update');
    const now = this.clock.now();
    if (wish.expiresAt && wish.expiresAt <= now) throw invalid('expiresAt', 'expiresAt: must be in the future.');
    const updated = await this.work.tenant(context, async (tx) => {
      const key = await reach(tx, context, id);
      mustBeWithin(context, key);
      if (wish.expiresAt) await this.mayMakeKeys(tx, context, wish.expiresAt);
      const changed = { ...key, name: wish.name, expiresAt: wish.expiresAt ?? key.expiresAt };
      if (!(await tx.identity.apiKeys.update(changed))) throw notFound('API key');
      await tx.actions.insert(auditAction(context, 'update', subject(changed), now));
      return changed;
    });
    await this.invalidations.settle();
    return updated;
  }

  /** Refused everywhere from the moment this returns here, and within milliseconds in other processes. */
  async revoke(context: RequestContext, id: string): Promise<void> {
    authorize(context, 'api-key', 'delete');
    const now = this.clock.now();
    await this.work.tenant(context, async (tx) => {
      const key = await reach(tx, context, id);
      mustBeWithin(context, key);
      if (await tx.identity.apiKeys.revoke(key.id, now)) {
        await tx.actions.insert(auditAction(context, 'revoke', subject(key), now));
      }
    });
    await this.invalidations.settle();
  }

  private async projectOf(tx: Transaction, context: RequestContext, wanted: string | null): Promise<string | null> {
    if (!hasOrganizationRole(context)) {
      if (wanted === null || wanted === context.projectId || wanted === context.namespace) return context.projectId;
      throw notFound('project');
    }
    if (wanted === null) return null;
    const project = await tx.identity.projects.get(wanted);
    if (!project || project.organizationId !== context.organizationId) throw notFound('project');
    return project.id;
  }

  /** A service's key ends with its containers, so it makes no other; and no key makes one that outlives it. */
  private async mayMakeKeys(tx: Transaction, context: RequestContext, expiresAt: Date | null): Promise<void> {
    const asking = context.apiKeyId === null ? null : await tx.identity.apiKeys.get(context.apiKeyId);
    if (asking?.serviceId) throw new DomainError('forbidden', 'A service’s key makes no keys; ask a user for one.');
    if (!asking?.expiresAt) return;
    if (expiresAt === null || expiresAt > asking.expiresAt) {
      throw invalid('expiresAt', 'expiresAt: a key cannot make one that outlives it.');
    }
  }
}

async function reach(tx: Transaction, context: RequestContext, id: string): Promise<ApiKeyRecord> {
  const key = isId(id) ? await tx.identity.apiKeys.get(id) : null;
  const visible = key?.organizationId === context.organizationId;
  if (!key || !visible || (key.userId !== context.userId && !managesAll(context))) throw notFound('API key');
  return key;
}

/** Who has a role in one project handles keys of that project only. */
function mustBeWithin(context: RequestContext, key: ApiKeyRecord): void {
  if (!hasOrganizationRole(context) && key.projectId !== context.projectId) throw notFound('API key');
}

const subject = (key: ApiKeyRecord) => ({
  resourceType: 'api-key' as const,
  resourceId: key.id,
  resourceName: `${key.name} (${key.prefix})`,
});
