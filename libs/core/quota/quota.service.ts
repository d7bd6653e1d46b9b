import { quotaResources, type QuotaLimits, type QuotaResource } from '#libs/domain/quota/quota.js';
import { DomainError } from '#libs/domain/error.js';
import { Clock } from '#libs/platform/clock.js';
import { authorize, isOperator } from '../authorization/authorize.js';
import { auditAction } from '../identity/audit.js';
import { reachOrganization } from '../tenancy/reach-organization.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { UnitOfWork, type Transaction } from '../unit-of-work/unit-of-work.port.js';
import type { QuotaLine } from './quota.repository.port.js';

/** What is used and what is allowed. The operator limits organizations; their owners divide that over projects. */
export class QuotaService {
  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  async ofOrganization(context: RequestContext, organization: string): Promise<QuotaLine[]> {
    authorize(context, 'quota', 'read');
    const { id } = await reachOrganization(this.work, context, organization);
    return this.work.tenantRead({ organizationId: id }, (tx) => tx.quotas.usage(id, null));
  }

  ofProject(context: RequestContext): Promise<QuotaLine[]> {
    authorize(context, 'quota', 'read');
    return this.work.tenantRead(context, (tx) => tx.quotas.usage(context.organizationId, context.projectId));
  }

  /** A limit below what is used stops growth and takes nothing away. */
  async limitOrganization(context: RequestContext, organization: string, limits: QuotaLimits): Promise<QuotaLine[]> {
    authorize(context, 'quota', 'update');
    const found = await reachOrganization(this.work, context, organization);
    if (!isOperator(context)) throw new DomainError('forbidden', 'Only the operator limits an organization.');
    return this.set(context, found.id, null, found.name, limits);
  }

  /** Within the organization's own limits. */
  async limitProject(context: RequestContext, limits: QuotaLimits): Promise<QuotaLine[]> {
    authorize(context, 'quota', 'update');
    const { organizationId, projectId, namespace } = context;
    const above = await this.work.tenantRead(context, (tx) => tx.quotas.usage(organizationId, null));
    for (const [resource, limit] of entries(limits)) {
      const most = above.find((line) => line.resource === resource)?.limit ?? null;
      if (most !== null && limit !== null && limit > most) {
        throw new DomainError('invalid', `${resource}: the organization itself is limited to ${most}.`, {
          field: resource,
        });
      }
    }
    return this.set(context, organizationId, projectId, namespace, limits);
  }

  private set(
    context: RequestContext,
    organizationId: string,
    projectId: string | null,
    name: string,
    limits: QuotaLimits,
  ): Promise<QuotaLine[]> {
    const write = async (tx: Transaction) => {
      for (const [resource, limit] of entries(limits)) {
        await tx.quotas.setLimit(organizationId, projectId, resource, limit);
      }
      const subject = { resourceType: 'quota' as const, resourceId: projectId ?? organizationId, resourceName: name };
      const place = { organizationId, projectId };
      await tx.actions.insert(auditAction(context, 'update', subject, this.clock.now(), place));
      return tx.quotas.usage(organizationId, projectId);
    };
    return this.work.tenant({ organizationId }, write);
  }
}

const entries = (limits: QuotaLimits): [QuotaResource, number | null][] =>
  quotaResources.flatMap((resource) => {
    const limit = limits[resource];
    return limit === undefined ? [] : [[resource, limit] as [QuotaResource, number | null]];
  });
