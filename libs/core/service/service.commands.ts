import { DomainError, invalid, notFound, terminated } from '#libs/domain/error.js';
import type { DeploymentKind } from '#libs/domain/deployment/state.js';
import type { ServiceSpec } from '#libs/domain/service/spec.js';
import { sharedMounts } from '#libs/domain/volume/volume.js';
import { newId } from '#libs/platform/id.js';
import { Clock } from '#libs/platform/clock.js';
import { recordAction } from '../action/action.event.js';
import type { ActionRecord } from '../action/action.repository.port.js';
import { userAction } from '../action/action-log.js';
import { authorize } from '../authorization/authorize.js';
import { poolEvents } from '../container/pool.order.js';
import { HostAccessPolicy } from '../policy/host-access.policy.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { UnitOfWork, type Transaction } from '../unit-of-work/unit-of-work.port.js';
import { ensureNamedVolumes, ensureVolumes } from '../volume/volume.ensure.js';
import {
  beginDeployment,
  beginDeployments,
  requireVerb,
  serviceEvent,
  takeOver,
  type DeploymentOptions,
  type DeploymentWish,
} from './deployment.begin.js';
import { lookupFor, takeService, type ServiceInput } from './service-intake.js';
import type { ServiceRecord } from './service.repository.port.js';

export interface ServiceOutcome {
  service: ServiceRecord;
  action: ActionRecord;
}

export interface Haste {
  /** What is under way ends as superseded; else it is waited for, and the call refused meanwhile. */
  atOnce?: boolean;
}

/** What a user may ask of services. Every call is one transaction: spec, action, outbox together or none. */
export class ServiceCommands {
  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
    private readonly hostAccess: HostAccessPolicy,
  ) {}

  /** Stores a definition without starting it. Errors: `invalid`, `conflict` (name), `quota`, `forbidden`. */
  async create(context: RequestContext, input: ServiceInput): Promise<ServiceOutcome> {
    authorize(context, 'service', 'create');
    return this.work.tenant(context, async (tx) => {
      const spec = takeService(input, await lookupFor(tx, context.projectId, references(input)));
      const service = await this.insert(tx, context, spec, null);
      const action = userAction(context, 'create', subject(service), this.clock.now());
      await recordAction(tx, action);
      return { service, action };
    });
  }

  /** Inserts one service inside the caller's transaction. */
  async insert(
    tx: Transaction,
    context: RequestContext,
    spec: ServiceSpec,
    stackId: string | null,
  ): Promise<ServiceRecord> {
    const [service] = await this.insertAll(tx, context, [{ id: newId(), spec }], stackId);
    if (!service) throw new DomainError('internal', 'No service was inserted.');
    return service;
  }

  /** Inserts services (a stack's) inside the caller's transaction, in a statement for each table. */
  async insertAll(
    tx: Transaction,
    context: RequestContext,
    given: readonly { id: string; spec: ServiceSpec }[],
    stackId: string | null,
  ): Promise<ServiceRecord[]> {
    for (const { spec } of given) this.hostAccess.check(spec.template);
    if (given.length === 0) return [];
    const now = this.clock.now();
    const services = given.map(({ id, spec }, index): ServiceRecord => ({
      id,
      organizationId: context.organizationId,
      projectId: context.projectId,
      stackId,
      name: spec.name,
      spec,
      intent: 'created',
      state: 'not-running',
      stateMessage: null,
      synchronized: true,
      revision: 0,
      replicas: 0,
      reserved: { containers: 0, memoryBytes: 0, milliCpu: 0 },
      lookAgainAt: null,
      deployedAt: null,
      startedAt: null,
      stoppedAt: null,
      destroyedAt: null,
      // Lists show them in the order they were given in.
      createdAt: new Date(now.getTime() + index),
      rowVersion: 1,
    }));
    await tx.quotas.takeWithCommit(context.organizationId, context.projectId, { services: services.length });
    await tx.services.insert(...services);
    const volumes = new Set(given.flatMap(({ spec }) => sharedMounts(spec.template).map(({ volume }) => volume)));
    await ensureNamedVolumes(tx, context, [...volumes], {}, now);
    await tx.events.append(services.map((service) => serviceEvent(service, 'create')));
    return services;
  }

  /**
   * Changes the definition; containers keep theirs until a redeploy (`synchronized` is false meanwhile), except that
   * a new number of replicas of a started service is applied at once, as the Docker Cloud reference has it.
   */
  async update(
    context: RequestContext,
    id: string,
    patch: (spec: ServiceSpec) => ServiceInput,
  ): Promise<ServiceOutcome> {
    authorize(context, 'service', 'update');
    return this.work.tenant(context, async (tx) => {
      const service = await lockService(tx, context, id);
      requireVerb(service, 'update');
      const now = this.clock.now();
      const action = userAction(context, 'update', subject(service), now);
      const scaled = await this.replaceSpec(tx, context, service, patch(service.spec), now, action);
      if (scaled) Object.assign(action, { state: 'in-progress', endedAt: null, deadlineAt: scaled.deadlineAt });
      await recordAction(tx, action);
      return { service, action };
    });
  }

  /** As `update`, in the caller's transaction. Returns the scaling it began, if any. */
  async replaceSpec(
    tx: Transaction,
    context: RequestContext,
    service: ServiceRecord,
    input: ServiceInput,
    now: Date,
    action: ActionRecord,
  ) {
    const before = service.spec;
    const spec = takeService(input, await lookupFor(tx, context.projectId, references(input), service.stackId));
    if (spec.name !== before.name) throw invalid('name', 'A service cannot be renamed; create another one.');
    if (
      (spec.placement.strategy === 'every-node') !== (before.placement.strategy === 'every-node') &&
      service.intent !== 'created'
    ) {
      throw invalid(
        'placement.strategy',
        'A started service cannot be changed to or from one container on every node.',
      );
    }
    if (spec.placement.strategy === 'every-node' && spec.replicas !== before.replicas) {
      throw invalid('replicas', 'A service with one container on every node cannot be scaled by hand.');
    }
    this.hostAccess.check(spec.template);
    await ensureVolumes(tx, context, spec, now);
    service.spec = spec;
    if (spec.replicas !== service.replicas && service.intent === 'running') {
      const scaled = await beginDeployment(tx, service, 'scale', action.id, now);
      return scaled;
    }
    const changed = JSON.stringify({ ...before, replicas: 0 }) !== JSON.stringify({ ...spec, replicas: 0 });
    if (changed && service.intent !== 'created') service.synchronized = false;
    service.rowVersion = await tx.services.update(service);
    await tx.events.append([serviceEvent(service, 'update')]);
    return null;
  }

  start(context: RequestContext, id: string, options: Haste = {}): Promise<ServiceOutcome> {
    return this.deploy(context, id, 'start', (service) => (service.revision === 0 ? 'create' : 'start'), options);
  }

  stop(context: RequestContext, id: string, options: Haste = {}): Promise<ServiceOutcome> {
    return this.deploy(context, id, 'stop', () => 'stop', options);
  }

  /** `renewVolumes`: its instances begin with new unnamed volumes, on any node; those they had go when it succeeded. */
  redeploy(
    context: RequestContext,
    id: string,
    options: Pick<DeploymentOptions, 'renewVolumes'> & Haste = {},
  ): Promise<ServiceOutcome> {
    return this.deploy(context, id, 'redeploy', () => 'redeploy', options);
  }

  /**
   * Brings the number of containers to the definition's; a service that was never started only notes it. While a
   * scaling to that number goes on, this is it: command lines change the number, which begins one, and ask for it.
   */
  async scale(context: RequestContext, id: string): Promise<ServiceOutcome> {
    authorize(context, 'service', 'scale');
    return (await this.scalingOf(context, id)) ?? this.beginScaling(context, id);
  }

  private scalingOf(context: RequestContext, id: string): Promise<ServiceOutcome | null> {
    return this.work.tenantRead(context, async (tx) => {
      const service = await tx.services.get(context.projectId, id);
      if (service?.state !== 'scaling' || service.spec.replicas !== service.replicas) return null;
      const open = await tx.deployments.open(id);
      const action = open?.kind === 'scale' && open.actionId ? await tx.actions.get(open.actionId) : null;
      return action ? { service, action } : null;
    });
  }

  private beginScaling(context: RequestContext, id: string): Promise<ServiceOutcome> {
    return this.deploy(context, id, 'scale', (service) => {
      if (service.spec.placement.strategy === 'every-node') {
        throw new DomainError('state', 'A service with one container on every node cannot be scaled by hand.');
      }
      return service.intent === 'running' ? 'scale' : null;
    });
  }

  terminate(context: RequestContext, id: string): Promise<ServiceOutcome> {
    return this.deploy(context, id, 'terminate', () => 'terminate');
  }

  private async deploy(
    context: RequestContext,
    id: string,
    verb: 'start' | 'stop' | 'redeploy' | 'scale' | 'terminate',
    kindOf: (service: ServiceRecord) => DeploymentKind | null,
    { atOnce = false, ...options }: DeploymentOptions & Haste = {},
  ): Promise<ServiceOutcome> {
    authorize(context, 'service', verb === 'terminate' ? 'delete' : verb);
    return this.work.tenant(context, async (tx) => {
      const now = this.clock.now();
      const service = await lockService(tx, context, id);
      if (atOnce && (verb === 'start' || verb === 'stop' || verb === 'redeploy')) takeOver(service, verb);
      requireVerb(service, verb);
      const kind = kindOf(service);
      const action = userAction(context, verb, subject(service), now, kind ? 'in-progress' : 'success');
      if (kind) await this.begin(tx, service, kind, action.id, now, options);
      await recordAction(tx, action);
      return { service, action };
    });
  }

  /** Begins a deployment in the caller's transaction, with the checks that belong to its kind. */
  async begin(
    tx: Transaction,
    service: ServiceRecord,
    kind: DeploymentKind,
    actionId: string | null,
    now: Date,
    options: DeploymentOptions = {},
  ) {
    if (kind === 'terminate') await refuseWhileVolumesUsed(tx, service);
    return this.beginUnchecked(tx, service, kind, actionId, now, options);
  }

  /** Without regard to others that use its volumes: for a stack whose services all go together. */
  async beginUnchecked(
    tx: Transaction,
    service: ServiceRecord,
    kind: DeploymentKind,
    actionId: string | null,
    now: Date,
    options: DeploymentOptions = {},
  ) {
    if (kind === 'start') await releaseHeld(tx, service);
    return beginDeployment(tx, service, kind, actionId, now, options);
  }

  /** As `begin`, for services that are not to be terminated. */
  async beginAll(tx: Transaction, wishes: readonly DeploymentWish[], actionId: string | null, now: Date) {
    for (const { service, kind } of wishes) if (kind === 'start') await releaseHeld(tx, service);
    return beginDeployments(tx, wishes, actionId, now);
  }
}

export async function lockService(tx: Transaction, context: RequestContext, id: string): Promise<ServiceRecord> {
  const service = await tx.services.lock(context.projectId, id);
  if (service) return service;
  const ended = await tx.services.get(context.projectId, id);
  throw ended ? terminated('Service', ended.name) : notFound('service');
}

const subject = (service: ServiceRecord) => ({
  resourceType: 'service' as const,
  resourceId: service.id,
  resourceName: service.name,
  stackId: service.stackId,
  serviceId: service.id,
});

const references = (input: ServiceInput): string[] => [
  ...(input.links ?? []).map((link) => link.service),
  ...(input.volumesFrom ?? []),
];

/** A service whose volumes another one uses cannot go: its data would go with it. Source: apps/volumes guide. */
async function refuseWhileVolumesUsed(tx: Transaction, service: ServiceRecord): Promise<void> {
  const users = (await tx.services.dependants(service.projectId, service.id)).filter(
    (user) => user.why === 'volumes-from',
  );
  if (!users.length) return;
  const names = users.map((user) => `"${user.name}"`).join(', ');
  throw new DomainError('state', `Service "${service.name}" cannot be terminated while ${names} uses its volumes.`);
}

/** A start brings back containers that were stopped one by one, too. */
async function releaseHeld(tx: Transaction, service: ServiceRecord): Promise<void> {
  const held = (await tx.containers.ofService(service.id)).filter((c) => c.held && c.desired === 'stopped');
  const changes = held.map((c) => ({
    ...{ id: c.id, desired: 'running' as const, held: false },
    // Its agent was not told to stop it yet.
    ...(c.pool === 'leaving' ? { pool: 'joining' as const, quiet: true } : {}),
  }));
  await tx.containers.desire(changes);
  await tx.events.append(poolEvents({ ...service, serviceId: service.id }, changes));
}
