import { DomainError, notFound } from '#libs/domain/error.js';
import { isId } from '#libs/domain/id.js';
import { Clock } from '#libs/platform/clock.js';
import { authorize, isOperator } from '../authorization/authorize.js';
import { AuthorityPin } from '../node/enrollment.port.js';
import { hasTenant } from '../tenancy/context-for.js';
import type { Page, PageWish } from '../tenancy/page.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { UnitOfWork, type Transaction } from '../unit-of-work/unit-of-work.port.js';
import { auditAction } from './audit.js';
import type { JoinTokenRecord } from './join-token.repository.port.js';
import { mintJoinToken } from './join-token.text.js';
import { checkTags } from './names.js';

/** Whose nodes the token makes: the organization's own, or everybody's. */
export type JoinTokenPool = 'organization' | 'shared';

export interface JoinTokenRequest {
  pool?: JoinTokenPool | undefined;
  nodeClusterId: string | null;
  tags: string[];
  lifetimeSeconds: number;
}

export class JoinTokenService {
  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
    private readonly pin: AuthorityPin,
  ) {}

  /** The text is returned here and never again. */
  async create(context: RequestContext, wish: JoinTokenRequest): Promise<{ token: JoinTokenRecord; text: string }> {
    authorize(context, 'join-token', 'create');
    const organizationId = this.ownerOf(context, wish.pool);
    const now = this.clock.now();
    const { record, text } = await mintJoinToken(
      {
        organizationId,
        nodeClusterId: wish.nodeClusterId,
        tags: checkTags('tags', wish.tags),
        expiresAt: new Date(now.getTime() + wish.lifetimeSeconds * 1000),
        createdBy: context.userId,
      },
      this.pin,
      now,
    );
    await this.inPool(organizationId, async (tx) => {
      if (wish.nodeClusterId !== null) await mustBeOf(tx, organizationId, wish.nodeClusterId);
      await tx.identity.joinTokens.insert(record);
      const place = { organizationId, projectId: null };
      await tx.actions.insert(auditAction(context, 'create', subject(record), now, place));
    });
    return { token: record, text };
  }

  async list(context: RequestContext, pool: JoinTokenPool | undefined, page: PageWish): Promise<Page<JoinTokenRecord>> {
    authorize(context, 'join-token', 'read');
    const organizationId = this.ownerOf(context, pool);
    return this.inPool(organizationId, (tx) => tx.identity.joinTokens.list(organizationId, page.limit, page.offset));
  }

  async get(context: RequestContext, id: string): Promise<JoinTokenRecord> {
    authorize(context, 'join-token', 'read');
    return this.reach(context, id);
  }

  async revoke(context: RequestContext, id: string): Promise<void> {
    authorize(context, 'join-token', 'delete');
    const token = await this.reach(context, id);
    const now = this.clock.now();
    await this.inPool(token.organizationId, async (tx) => {
      if (!(await tx.identity.joinTokens.revoke(token.id, now))) {
        throw new DomainError('state', 'The join token is used or revoked already.');
      }
      const place = { organizationId: token.organizationId, projectId: null };
      await tx.actions.insert(auditAction(context, 'revoke', subject(token), now, place));
    });
  }

  private ownerOf(context: RequestContext, pool: JoinTokenPool | undefined): string | null {
    const managesNodes = context.roles.includes('owner') || context.roles.includes('admin');
    const wanted = pool ?? (hasTenant(context) && managesNodes ? 'organization' : 'shared');
    if (wanted === 'shared') {
      if (isOperator(context)) return null;
      throw new DomainError('forbidden', 'Only the operator adds nodes to the shared pool.');
    }
    if (hasTenant(context) && managesNodes) return context.organizationId;
    throw new DomainError('forbidden', 'Only an owner or admin adds nodes to an organization.');
  }

  private async reach(context: RequestContext, id: string): Promise<JoinTokenRecord> {
    if (!isId(id)) throw notFound('join token');
    const token = isOperator(context)
      ? await this.work.platformRead((tx) => tx.identity.joinTokens.get(id))
      : await this.work.tenantRead(context, (tx) => tx.identity.joinTokens.get(id));
    if (!token) throw notFound('join token');
    return token;
  }

  private inPool<T>(organizationId: string | null, work: (tx: Transaction) => Promise<T>): Promise<T> {
    return organizationId === null ? this.work.platform(work) : this.work.tenant({ organizationId }, work);
  }
}

async function mustBeOf(tx: Transaction, organizationId: string | null, clusterId: string): Promise<void> {
  const { rows } = await tx.nodes.clusters({ ids: [clusterId], limit: 1, offset: 0 });
  if (rows[0]?.organizationId !== organizationId) throw notFound('node cluster');
}

const subject = (token: JoinTokenRecord) => ({
  resourceType: 'join-token' as const,
  resourceId: token.id,
  resourceName: null,
});
