import { actionEnded } from '#libs/domain/action/state.js';
import { deploymentEnded } from '#libs/domain/deployment/state.js';
import { DomainError, notFound } from '#libs/domain/error.js';
import { Clock } from '#libs/platform/clock.js';
import { authorize } from '../authorization/authorize.js';
import { inPlaceOf, reaches } from './action-reach.js';
import { ContainerCommands } from '../container/container.commands.js';
import { ServiceCommands } from '../service/service.commands.js';
import { beginDeployment } from '../service/deployment.begin.js';
import { StackCommands } from '../stack/stack.commands.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { UnitOfWork, type Transaction } from '../unit-of-work/unit-of-work.port.js';
import { actionEvent } from './action.event.js';
import type { ActionFilter, ActionRecord } from './action.repository.port.js';

export class ActionCommands {
  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
    private readonly stacks: StackCommands,
    private readonly services: ServiceCommands,
    private readonly containers: ContainerCommands,
  ) {}

  async list(context: RequestContext, filter: ActionFilter): Promise<{ rows: ActionRecord[]; total: number }> {
    authorize(context, 'audit', 'read');
    return this.work.tenantRead(context, (tx) => tx.actions.list(context.organizationId, context.projectId, filter));
  }

  async get(context: RequestContext, id: string): Promise<ActionRecord> {
    authorize(context, 'audit', 'read');
    const action = await this.work.tenantRead(context, (tx) => tx.actions.get(id));
    if (!action || !reaches(context, action)) throw notFound('action');
    return action;
  }

  /**
   * Stops the work: deployments end as canceled, what was being started is stopped, a scaling goes back to what runs,
   * and a redeploy goes back to the revision before it.
   */
  async cancel(asker: RequestContext, id: string): Promise<ActionRecord> {
    const action = await this.get(asker, id);
    const context = inPlaceOf(asker, action);
    if (isBackupWork(action)) authorize(context, 'backup', action.verb === 'backup' ? 'create' : 'operate');
    else authorize(context, action.resourceType === 'stack' ? 'stack' : 'service', 'update');
    if (!canBeCanceled(action)) {
      throw new DomainError('state', `The action "${action.verb}" is ${action.state} and cannot be canceled.`);
    }
    if (isBackupWork(action)) return this.work.tenant(context, (tx) => askCancel(tx, action));
    return this.work.tenant(context, async (tx) => {
      const now = this.clock.now();
      const moved = await tx.actions.move(id, 'canceled', 'Canceled by its user.', now);
      if (!moved) throw new DomainError('state', `The action "${action.verb}" has ended meanwhile.`);
      await tx.events.append([actionEvent({ ...action, state: 'canceled' }, 'update')]);
      for (const deployment of await tx.deployments.ofAction(id)) {
        if (!deploymentEnded(deployment.state))
          await this.turnBack(tx, context, deployment.serviceId, deployment.fromRevision, deployment.kind, now);
      }
      return (await tx.actions.get(id)) ?? action;
    });
  }

  private async turnBack(
    tx: Transaction,
    context: RequestContext,
    serviceId: string,
    from: number | null,
    kind: string,
    now: Date,
  ) {
    const service = await tx.services.lock(context.projectId, serviceId);
    if (!service) return;
    await tx.deployments.endOpen(serviceId, 'canceled', 'Canceled by its user.', now);
    const containers = await tx.containers.ofService(serviceId);
    const up = containers.filter((c) => c.desired === 'running' && c.observed.state === 'running');
    // The verbs below are the platform's own answer to the cancel, so the state table is not asked again.
    service.state = up.length ? 'partly-running' : 'stopped';
    if (kind === 'redeploy' && from !== null) {
      await beginDeployment(tx, service, 'redeploy', null, now, { toRevision: from });
    } else if (kind === 'scale' && up.length) {
      service.spec = { ...service.spec, replicas: up.length };
      await beginDeployment(tx, service, 'scale', null, now);
    } else if (kind === 'stop') {
      await beginDeployment(tx, service, 'start', null, now);
    } else {
      service.state = 'partly-running';
      await beginDeployment(tx, service, 'stop', null, now);
    }
  }

  /** Asks the same again; a new action that names the first. */
  async retry(context: RequestContext, id: string): Promise<ActionRecord> {
    const action = await this.get(context, id);
    if (!canBeRetried(action) || !action.resourceId) {
      throw new DomainError('state', `The action "${action.verb}" is ${action.state} and cannot be retried.`);
    }
    return this.repeat(inPlaceOf(context, action), action, action.resourceId);
  }

  private async repeat(context: RequestContext, action: ActionRecord, resourceId: string): Promise<ActionRecord> {
    const verb = action.verb;
    if (action.resourceType === 'stack' && isVerb(stackRetries, verb))
      return (await this.stacks[verb](context, resourceId)).action;
    if (action.resourceType === 'service' && isVerb(serviceRetries, verb))
      return (await this.services[verb](context, resourceId)).action;
    if (action.resourceType === 'container' && isVerb(containerRetries, verb))
      return (await this.containers[verb](context, resourceId)).action;
    throw new DomainError('state', `The action "${verb}" cannot be retried; make the call again with its body.`);
  }
}

const stackRetries = ['start', 'stop', 'redeploy', 'terminate'] as const;
const serviceRetries = ['start', 'stop', 'redeploy', 'scale', 'terminate'] as const;
const containerRetries = ['start', 'stop', 'restart', 'redeploy', 'terminate'] as const;
const isVerb = <V extends string>(verbs: readonly V[], verb: string): verb is V =>
  (verbs as readonly string[]).includes(verb);

const isBackupWork = ({ resourceType, verb }: ActionRecord): boolean =>
  resourceType === 'volume' && (verb === 'backup' || verb === 'restore');

/** Whoever does the work ends it, and then says so. */
async function askCancel(tx: Transaction, action: ActionRecord): Promise<ActionRecord> {
  const work = await tx.backupWork.ofAction(action.id);
  if (!work || !(await tx.actions.move(action.id, 'canceling', action.message, null))) {
    throw new DomainError('state', `The action "${action.verb}" has ended meanwhile.`);
  }
  await tx.backupWork.askCancel(work.id);
  return (await tx.actions.get(action.id)) ?? action;
}

/** Work of deployments and of backups can be stopped half-way; a container's change is over before a cancel arrives. */
export const canBeCanceled = (action: ActionRecord): boolean =>
  !actionEnded(action.state) &&
  (isBackupWork(action) ||
    ((action.resourceType === 'stack' || action.resourceType === 'service') && action.verb !== 'terminate'));

/** Whatever has ended, also well: the verb itself asks whether its resource allows it now. */
export const canBeRetried = (action: ActionRecord): boolean =>
  actionEnded(action.state) &&
  ((action.resourceType === 'stack' && isVerb(stackRetries, action.verb)) ||
    (action.resourceType === 'service' && isVerb(serviceRetries, action.verb)) ||
    (action.resourceType === 'container' && isVerb(containerRetries, action.verb)));
