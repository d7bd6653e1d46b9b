import { DomainError, notFound } from '#libs/domain/error.js';
import { isId } from '#libs/domain/id.js';
import { addressRange } from '#libs/domain/public-ip/address-range.js';
import { Clock } from '#libs/platform/clock.js';
import { newId } from '#libs/platform/id.js';
import { authorize } from '../authorization/authorize.js';
import { auditAction } from '../identity/audit.js';
import type { Page, PageWish } from '../tenancy/page.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { UnitOfWork } from '../unit-of-work/unit-of-work.port.js';
import { PublicIpSettings } from './public-ip.settings.js';
import type { PublicIpPoolDetails, PublicIpPoolRecord } from './public-ip.repository.port.js';

const ofPlatform = { organizationId: null, projectId: null };

/** The operator's ranges of public addresses. */
export class PublicIpPoolService {
  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
    private readonly settings: PublicIpSettings,
  ) {}

  list(context: RequestContext, page: PageWish): Promise<Page<PublicIpPoolDetails>> {
    authorize(context, 'public-ip-pool', 'read');
    return this.work.platformRead((tx) => tx.publicIpPools.list(page.limit, page.offset, this.restedBefore()));
  }

  async get(context: RequestContext, id: string): Promise<PublicIpPoolDetails> {
    authorize(context, 'public-ip-pool', 'read');
    const pool = isId(id) ? await this.work.platformRead((tx) => tx.publicIpPools.get(id, this.restedBefore())) : null;
    if (!pool) throw notFound('public IP pool');
    return pool;
  }

  /** Errors: `invalid`, `conflict` (name, or an address of another pool), `not-found` for the cluster. */
  async create(
    context: RequestContext,
    wish: { name: string; range: { cidr: string } | { first: string; last: string }; nodeClusterId: string | null },
  ): Promise<PublicIpPoolDetails> {
    authorize(context, 'public-ip-pool', 'create');
    const { name, nodeClusterId } = wish;
    const pool: PublicIpPoolRecord = {
      id: newId(),
      name,
      ...addressRange(wish.range),
      nodeClusterId,
      createdAt: this.clock.now(),
    };
    await this.work.platform(async (tx) => {
      if (nodeClusterId !== null) {
        const { total } = await tx.nodes.clusters({ ids: [nodeClusterId], limit: 1, offset: 0 });
        if (total === 0) throw notFound('node cluster');
      }
      await tx.publicIpPools.insert(pool);
      await tx.actions.insert(auditAction(context, 'create', subjectOf(pool), pool.createdAt, ofPlatform));
    });
    return this.get(context, pool.id);
  }

  /** `state` while projects hold addresses of it. */
  async delete(context: RequestContext, id: string): Promise<void> {
    authorize(context, 'public-ip-pool', 'delete');
    const pool = await this.get(context, id);
    await this.work.platform(async (tx) => {
      if (!(await tx.publicIpPools.delete(id))) {
        throw new DomainError('state', `Projects hold ${pool.used} addresses of the pool "${pool.name}".`);
      }
      await tx.actions.insert(auditAction(context, 'delete', subjectOf(pool), this.clock.now(), ofPlatform));
    });
  }

  private restedBefore(): Date {
    return new Date(this.clock.now().getTime() - this.settings.restMs);
  }
}

const subjectOf = ({ id, name }: PublicIpPoolRecord) => ({
  resourceType: 'public-ip-pool' as const,
  resourceId: id,
  resourceName: name,
});
