import { DomainError, invalid, notFound } from '#libs/domain/error.js';
import type { TriggerOperation } from '#libs/domain/trigger/operation.js';
import { Clock } from '#libs/platform/clock.js';
import { newId } from '#libs/platform/id.js';
import type { ActionRecord } from '../action/action.repository.port.js';
import { userAction } from '../action/action-log.js';
import { authorize } from '../authorization/authorize.js';
import { mintTriggerSecret } from '../identity/secret.js';
import { lockService } from '../service/service.commands.js';
import type { Page } from '../tenancy/page.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { UnitOfWork, type Transaction } from '../unit-of-work/unit-of-work.port.js';
import type { TriggerFilter, TriggerRecord } from './trigger.repository.port.js';

const mostPerService = 32;
const namePattern = /^[^\p{C}]{1,64}$/u;

/** A service's triggers. Who holds the secret of one may call it without a credential. */
export class TriggerService {
  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  /** The secret is returned here and never again. Errors: `invalid` (name), `not-found`, `quota`. */
  async create(
    context: RequestContext,
    serviceId: string,
    wish: { name: string | null; operation: TriggerOperation },
  ): Promise<{ trigger: TriggerRecord; secret: string; action: ActionRecord }> {
    authorize(context, 'trigger', 'create');
    if (wish.name !== null && !namePattern.test(wish.name)) {
      throw invalid('name', 'name: 1 to 64 characters that can be printed.');
    }
    return this.work.tenant(context, async (tx) => {
      const service = await lockService(tx, context, serviceId);
      const { total } = await tx.triggers.list(context.projectId, serviceId, { limit: 1, offset: 0 });
      if (total >= mostPerService) {
        throw new DomainError('quota', `Service "${service.name}" has ${total} triggers; more are not given.`);
      }
      return this.insert(tx, context, serviceId, wish);
    });
  }

  /** A service's only trigger that does this: one that there was is refused from then on. */
  async rotate(
    context: RequestContext,
    serviceId: string,
    operation: TriggerOperation,
  ): Promise<{ trigger: TriggerRecord; secret: string; action: ActionRecord }> {
    authorize(context, 'trigger', 'create');
    return this.work.tenant(context, async (tx) => {
      await lockService(tx, context, serviceId);
      await tx.triggers.deleteOf(serviceId, operation);
      return this.insert(tx, context, serviceId, { name: null, operation });
    });
  }

  async list(context: RequestContext, serviceId: string, filter: TriggerFilter): Promise<Page<TriggerRecord>> {
    authorize(context, 'trigger', 'read');
    return this.work.tenantRead(context, async (tx) => {
      if (!(await tx.services.get(context.projectId, serviceId))) throw notFound('service');
      return tx.triggers.list(context.projectId, serviceId, filter);
    });
  }

  async get(context: RequestContext, serviceId: string, id: string): Promise<TriggerRecord> {
    authorize(context, 'trigger', 'read');
    const trigger = await this.work.tenantRead(context, (tx) => tx.triggers.get(context.projectId, serviceId, id));
    if (!trigger) throw notFound('trigger');
    return trigger;
  }

  /** Calls are refused from the moment this returns. */
  async delete(
    context: RequestContext,
    serviceId: string,
    id: string,
  ): Promise<{ trigger: TriggerRecord; action: ActionRecord }> {
    authorize(context, 'trigger', 'delete');
    return this.work.tenant(context, async (tx) => {
      const trigger = await tx.triggers.get(context.projectId, serviceId, id);
      if (!trigger) throw notFound('trigger');
      await tx.triggers.delete(id);
      const action = userAction(context, 'delete', subject(trigger), this.clock.now());
      await tx.actions.insert(action);
      return { trigger, action };
    });
  }

  private async insert(
    tx: Transaction,
    context: RequestContext,
    serviceId: string,
    { name, operation }: { name: string | null; operation: TriggerOperation },
  ): Promise<{ trigger: TriggerRecord; secret: string; action: ActionRecord }> {
    const id: string = newId();
    const { secret, hash } = mintTriggerSecret();
    const trigger: TriggerRecord = {
      id,
      organizationId: context.organizationId,
      projectId: context.projectId,
      serviceId,
      name: name ?? `${operation}-${id.slice(0, 8)}`,
      operation,
      secretHash: hash,
      lastCalledAt: null,
      calls: 0,
      createdAt: this.clock.now(),
    };
    await tx.triggers.insert(trigger);
    const action = userAction(context, 'create', subject(trigger), this.clock.now());
    await tx.actions.insert(action);
    return { trigger, secret, action };
  }
}

const subject = (trigger: TriggerRecord) => ({
  resourceType: 'trigger' as const,
  resourceId: trigger.id,
  resourceName: trigger.name,
  serviceId: trigger.serviceId,
});
