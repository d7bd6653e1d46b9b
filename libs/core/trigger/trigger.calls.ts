import { DomainError, invalid, notFound } from '#libs/domain/error.js';
import { serviceSpec } from '#libs/domain/service/spec.js';
import type { TriggerOperation } from '#libs/domain/trigger/operation.js';
import { Clock } from '#libs/platform/clock.js';
import { recordAction } from '../action/action.event.js';
import type { ActionRecord } from '../action/action.repository.port.js';
import { defaultDeadlineMs, userAction, type ActionSubject } from '../action/action-log.js';
import { authorize } from '../authorization/authorize.js';
import { userlessAction } from '../identity/audit.js';
import { RateLimiter } from '../identity/rate-limiter.port.js';
import { hashSecret } from '../identity/secret.js';
import { takeOver } from '../service/deployment.begin.js';
import { pullAlways } from '../service/service.renewal.js';
import { ServiceCommands } from '../service/service.commands.js';
import type { ServiceRecord } from '../service/service.repository.port.js';
import type { RequestContext, RequestOrigin } from '../tenancy/request-context.js';
import { UnitOfWork, type Transaction } from '../unit-of-work/unit-of-work.port.js';
import type { CallableTrigger, TriggerRecord } from './trigger.repository.port.js';

export interface TriggerCall {
  /** How many containers a scale-up adds; a redeploy takes no notice of it. */
  count: number;
  /** Handed to the containers that the call makes, and to no later ones. */
  environment: { name: string; value: string }[];
}

/** What stands in an address that holds a trigger's secret. */
export interface TriggerAddress {
  /** Null where the address names none. */
  namespace: string | null;
  /** One of them is named, and must be the trigger's. */
  serviceId: string | null;
  stackId: string | null;
  /** What the address is for; null: whatever the trigger does. */
  operation: TriggerOperation | null;
  secret: string;
}

export interface CalledTrigger {
  trigger: TriggerRecord;
  /** Of the trigger's project. */
  namespace: string;
  action: ActionRecord;
}

/** Per trigger and per address, per minute. */
const callsPerMinute = 30;
const missesPerMinute = 60;

const verbOf = { redeploy: 'redeploy', 'scale-up': 'scale', pull: 'redeploy' } as const satisfies Record<
  TriggerOperation,
  string
>;

/** Calls of triggers: with the secret alone, or by a user who may do to the service what the trigger does. */
export class TriggerCalls {
  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
    private readonly services: ServiceCommands,
    private readonly limiter: RateLimiter,
  ) {}

  /**
   * The path that was asked holds the secret, so the audit trail gets what `addressOf` makes instead. Errors:
   * `not-found` for whatever does not fit, `rate-limited`, `state`, `quota`.
   */
  async bySecret(
    address: TriggerAddress,
    call: TriggerCall,
    origin: Omit<RequestOrigin, 'path'>,
    addressOf: (trigger: TriggerRecord, namespace: string) => string,
  ): Promise<CalledTrigger> {
    const found = await this.work.platformRead((tx) => tx.triggers.bySecret(hashSecret(address.secret)));
    if (!found || !fits(found, address)) {
      this.limiter.take(`trigger-miss:${origin.ip}`, missesPerMinute);
      throw notFound('trigger');
    }
    const { namespace, stackId: _, ...trigger } = found;
    this.limiter.take(`trigger:${trigger.id}`, callsPerMinute);
    const shown = { ...origin, path: addressOf(trigger, namespace) };
    const action = await this.run(trigger, call, (subject, now) => systemAction(trigger, subject, shown, now));
    return { trigger: called(trigger, action), namespace, action };
  }

  /** Errors: as `bySecret`, and `forbidden`. */
  async byUser(context: RequestContext, serviceId: string, id: string, call: TriggerCall): Promise<CalledTrigger> {
    authorize(context, 'trigger', 'start');
    const trigger = await this.work.tenantRead(context, (tx) => tx.triggers.get(context.projectId, serviceId, id));
    if (!trigger) throw notFound('trigger');
    const verb = verbOf[trigger.operation];
    authorize(context, 'service', verb);
    this.limiter.take(`trigger:${trigger.id}`, callsPerMinute);
    const action = await this.run(trigger, call, (subject, now) =>
      userAction(context, verb, subject, now, 'in-progress'),
    );
    return { trigger: called(trigger, action), namespace: context.namespace, action };
  }

  private run(
    trigger: TriggerRecord,
    call: TriggerCall,
    actionOf: (subject: ActionSubject, now: Date) => ActionRecord,
  ): Promise<ActionRecord> {
    return this.work.tenant(trigger, async (tx) => {
      const now = this.clock.now();
      const service = await tx.services.lock(trigger.projectId, trigger.serviceId);
      if (!service || !(await tx.triggers.noteCall(trigger.id, now))) throw notFound('trigger');
      const action = actionOf(subjectOf(service), now);
      if (trigger.operation === 'scale-up') grow(service, call.count);
      if (trigger.operation === 'pull') {
        // What is just being deployed may be of the image before.
        takeOver(service, 'redeploy');
        pullAlways(service);
      }
      await this.begin(tx, service, trigger.operation, action.id, call, now);
      await recordAction(tx, action);
      return action;
    });
  }

  private begin(
    tx: Transaction,
    service: ServiceRecord,
    operation: TriggerOperation,
    actionId: string,
    { environment }: TriggerCall,
    now: Date,
  ) {
    return this.services.begin(tx, service, verbOf[operation], actionId, now, { environment });
  }
}

const fits = (found: CallableTrigger, { namespace, serviceId, stackId, operation }: TriggerAddress): boolean =>
  (serviceId !== null || stackId !== null) &&
  (serviceId === null || found.serviceId === serviceId) &&
  (stackId === null || found.stackId === stackId) &&
  (operation === null || found.operation === operation) &&
  (namespace === null || found.namespace === namespace || found.projectId === namespace);

const called = (trigger: TriggerRecord, action: ActionRecord): TriggerRecord => ({
  ...trigger,
  lastCalledAt: action.startedAt,
  calls: trigger.calls + 1,
});

function grow(service: ServiceRecord, count: number): void {
  if (service.spec.placement.strategy === 'every-node') {
    throw new DomainError('state', 'A service with one container on every node cannot be scaled.');
  }
  if (service.intent !== 'running') {
    throw new DomainError('state', `Service "${service.name}" does not run; start it before it is scaled up.`);
  }
  const replicas = serviceSpec.shape.replicas.safeParse(service.spec.replicas + count);
  if (!replicas.success) throw invalid('count', `count: ${count} more containers are more than a service can have.`);
  service.spec = { ...service.spec, replicas: replicas.data };
}

const subjectOf = (service: ServiceRecord): ActionSubject => ({
  resourceType: 'service',
  resourceId: service.id,
  resourceName: service.name,
  stackId: service.stackId,
  serviceId: service.id,
});

/** Nobody is known but the trigger, so that is who stands in the trail; no user's name has a colon. */
function systemAction(trigger: TriggerRecord, subject: ActionSubject, origin: RequestOrigin, now: Date): ActionRecord {
  return {
    ...userlessAction(trigger.organizationId, verbOf[trigger.operation], subject, now),
    projectId: trigger.projectId,
    userName: `trigger:${trigger.name}`,
    stackId: subject.stackId ?? null,
    serviceId: trigger.serviceId,
    state: 'in-progress',
    method: origin.method,
    path: origin.path,
    ip: origin.ip,
    userAgent: origin.userAgent,
    deadlineAt: new Date(now.getTime() + defaultDeadlineMs),
    endedAt: null,
  };
}
