import { DomainError, notFound, terminated } from '#libs/domain/error.js';
import { isAlive } from '#libs/domain/container/state.js';
import { instanceOf } from '#libs/domain/volume/instance-volume.js';
import { Clock } from '#libs/platform/clock.js';
import { recordAction } from '../action/action.event.js';
import type { ActionRecord, ContainerExpectation } from '../action/action.repository.port.js';
import { userAction } from '../action/action-log.js';
import { authorize } from '../authorization/authorize.js';
import type { ServiceRecord } from '../service/service.repository.port.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { UnitOfWork, type Transaction } from '../unit-of-work/unit-of-work.port.js';
import type { ContainerRecord, DesiredChange } from './container.repository.port.js';
import { leaveFirst, poolEvents } from './pool.order.js';

export interface ContainerOutcome {
  container: ContainerRecord;
  action: ActionRecord;
}

export type ContainerVerb = 'start' | 'stop' | 'restart' | 'redeploy' | 'terminate';

/**
 * What a user may ask of one container, of a service or standalone. A container of a service that was stopped here
 * is held: its service leaves it stopped until it, or the service, is started. Source: container.md "Container states".
 */
export class ContainerCommands {
  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  start(context: RequestContext, id: string): Promise<ContainerOutcome> {
    return this.change(context, id, 'start');
  }

  stop(context: RequestContext, id: string): Promise<ContainerOutcome> {
    return this.change(context, id, 'stop');
  }

  restart(context: RequestContext, id: string): Promise<ContainerOutcome> {
    return this.change(context, id, 'restart');
  }

  /**
   * Replaces a service's container by a new one of the service's present revision. It takes its unnamed volumes over,
   * on the same node, unless they are to be renewed.
   */
  redeploy(
    context: RequestContext,
    id: string,
    { renewVolumes = false }: { renewVolumes?: boolean } = {},
  ): Promise<ContainerOutcome> {
    return this.change(context, id, 'redeploy', renewVolumes);
  }

  /** Removes it; a service then wants one container less. */
  terminate(context: RequestContext, id: string): Promise<ContainerOutcome> {
    return this.change(context, id, 'terminate');
  }

  private async change(
    context: RequestContext,
    id: string,
    verb: ContainerVerb,
    renewVolumes = false,
  ): Promise<ContainerOutcome> {
    authorize(context, 'container', verb === 'terminate' ? 'delete' : verb);
    return this.work.tenant(context, async (tx) => {
      const now = this.clock.now();
      const found = await tx.containers.get(context.projectId, id);
      if (!found) throw notFound('container');
      // Services are locked before their containers everywhere, so that two calls never wait for each other.
      const service = found.serviceId ? await tx.services.lock(context.projectId, found.serviceId) : null;
      const container = await tx.containers.lock(context.projectId, id);
      if (!container) throw notFound('container');
      if (container.removedAt) throw terminated('Container', container.name);
      requireContainerVerb(container, verb);
      if (verb === 'redeploy' && !service) {
        throw new DomainError(
          'unsupported',
          'A standalone container has no definition to be redeployed from; create another one.',
        );
      }
      if (service && renewVolumes) await retireVolumes(tx, service, container, now);
      if (verb === 'terminate') await (service ? oneLess(tx, service) : giveBack(tx, container));
      const change = { ...desire(container, verb), ...(verb === 'start' ? {} : leaveFirst(container)) };
      const [changed] = await tx.containers.desire([change]);
      await tx.events.append(poolEvents(container, [change]));
      const expectation = expect(container, verb, changed?.generation ?? container.generation);
      const action = userAction(context, verb, subject(container), now, 'in-progress', [expectation]);
      await recordAction(tx, action);
      await tx.outbox.add([container.serviceId ? `service:${container.serviceId}` : `container:${container.id}`]);
      const after = (await tx.containers.get(context.projectId, id)) ?? container;
      return { container: after, action };
    });
  }
}

/** Verbs by what is wanted and what is observed; what is on its way somewhere allows only its end. */
export function containerVerbs(container: Pick<ContainerRecord, 'desired' | 'observed'>): readonly ContainerVerb[] {
  const { desired, observed } = container;
  if (desired === 'removed' || observed.state === 'removed') return [];
  const alive = isAlive(observed.state);
  if (desired === 'stopped') return alive ? ['terminate'] : ['start', 'redeploy', 'terminate'];
  if (observed.state === 'running') return ['stop', 'restart', 'redeploy', 'terminate'];
  if (!alive) return ['start', 'stop', 'redeploy', 'terminate'];
  return ['terminate'];
}

function requireContainerVerb(container: ContainerRecord, verb: ContainerVerb): void {
  const allowed = containerVerbs(container);
  if (allowed.includes(verb)) return;
  throw new DomainError(
    'state',
    `Container "${container.name}" is ${container.observed.state} and wanted ${container.desired}, which does not allow ${verb}` +
      (allowed.length ? `; it allows ${allowed.join(', ')}.` : ' or any other action.'),
  );
}

function desire(container: ContainerRecord, verb: ContainerVerb): DesiredChange {
  const ofService = container.serviceId !== null;
  // Until its agent has begun this incarnation, an ended container is one that has still to be started.
  const started = { desired: 'running' as const, held: false, startIncarnation: container.observed.incarnation + 1 };
  switch (verb) {
    case 'start':
      // One that ended by itself is still wanted running: the nonce is what starts it again.
      return { id: container.id, ...started, restart: container.desired === 'running' };
    case 'restart':
      return { id: container.id, ...started, restart: true };
    case 'stop':
      return { id: container.id, desired: 'stopped' as const, held: ofService };
    case 'redeploy':
    case 'terminate':
      return { id: container.id, desired: 'removed' as const, held: false };
  }
}

function expect(container: ContainerRecord, verb: ContainerVerb, generation: number): ContainerExpectation {
  const state = verb === 'stop' ? 'exited' : verb === 'start' || verb === 'restart' ? 'running' : 'removed';
  return { containerId: container.id, state, generation };
}

/** What the container's instance has without a name is not handed on. */
async function retireVolumes(
  tx: Transaction,
  { id, projectId, spec }: ServiceRecord,
  { ordinal, nodeId }: ContainerRecord,
  now: Date,
): Promise<void> {
  const instance = instanceOf(spec.placement.strategy, ordinal, nodeId ?? '');
  const volumes = await tx.volumes.forContainers(projectId, id, []);
  const own = volumes.filter((volume) => volume.owner === 'instance' && volume.instance === instance);
  if (own.length) {
    await tx.volumes.retire(
      own.map((volume) => volume.id),
      now,
    );
  }
}

async function oneLess(tx: Transaction, service: NonNullable<Awaited<ReturnType<Transaction['services']['lock']>>>) {
  if (service.spec.placement.strategy === 'every-node' || service.replicas === 0) return;
  const { memoryBytes, milliCpu } = service.spec.template.resources;
  service.replicas -= 1;
  service.spec = { ...service.spec, replicas: Math.max(0, service.spec.replicas - 1) };
  service.reserved = {
    containers: service.reserved.containers - 1,
    memoryBytes: service.reserved.memoryBytes - (memoryBytes ?? 0),
    milliCpu: service.reserved.milliCpu - (milliCpu ?? 0),
  };
  await tx.quotas.take(service.organizationId, service.projectId, {
    containers: -1,
    memoryBytes: -(memoryBytes ?? 0),
    milliCpu: -(milliCpu ?? 0),
  });
  await tx.services.update(service);
}

/** A standalone container holds its own share of the quota until its removal is asked for. */
async function giveBack(tx: Transaction, { organizationId, projectId, memoryBytes, milliCpu }: ContainerRecord) {
  await tx.quotas.take(organizationId, projectId, { containers: -1, memoryBytes: -memoryBytes, milliCpu: -milliCpu });
}

const subject = (container: ContainerRecord) => ({
  resourceType: 'container' as const,
  resourceId: container.id,
  resourceName: container.name,
  stackId: container.stackId,
  serviceId: container.serviceId,
});
