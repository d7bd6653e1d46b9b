import type { DeploymentChange, PlannedChange, ServicePlan } from '#libs/control/snapshot.js';
import { deploymentEnded } from '#libs/domain/deployment/state.js';
import { DomainError } from '#libs/domain/error.js';
import { poolEvents } from '../container/pool.order.js';
import { serviceEvent } from '../service/deployment.begin.js';
import type { Transaction } from '../unit-of-work/unit-of-work.port.js';
import { isDecided, settleDeployments } from './action-settler.js';
import { makeContainers, type MadeContainer, type Telling } from './container-maker.js';
import type { LoadedService } from './service-snapshot.js';
import { affordVolumes, expireVolumes, giveVolumes } from './service-volumes.js';

export interface Applied {
  /** Nodes whose assignments changed. */
  wake: string[];
  lookAgainAt: Date | null;
  changes: number;
}

/**
 * Commits a plan in the transaction that loaded its snapshot. Capacity is checked once more under the nodes' locks:
 * another service may have taken it, and then everything is undone and tried anew (`stale`).
 */
export async function applyService(
  tx: Transaction,
  loaded: LoadedService,
  decided: ServicePlan,
  telling: Telling,
  now: Date,
): Promise<Applied> {
  const { service } = loaded;
  const plan = decided.create.length ? await affordVolumes(tx, loaded, decided, now) : decided;
  const wake = new Set<string>();
  // Before any node's row is held: giving a project its first network waits for others that do so.
  const made = plan.create.length ? await makeContainers(tx, loaded, plan.create, telling, now) : [];
  const nodeOf = new Map(loaded.containers.map((container) => [container.id, container.nodeId]));
  await tx.containers.desire(
    plan.change.map((change) => ({
      id: change.containerId,
      desired: change.desired,
      startIncarnation: change.startIncarnation,
      deploymentId: change.deploymentId,
      failedAt: change.failedAt,
      autodestroyed: change.autodestroyed,
      pool: change.pool,
      staysPut: change.staysPut,
      quiet: isQuiet(change),
    })),
  );
  await tx.events.append(poolEvents({ ...service, serviceId: service.id }, plan.change));
  for (const change of plan.change) {
    const node = isQuiet(change) ? null : nodeOf.get(change.containerId);
    if (node) wake.add(node);
  }
  const mounting = made.length ? await create(tx, loaded, made, now) : [];
  for (const node of mounting) wake.add(node);
  for (const one of made) wake.add(one.nodeId);
  const ended = plan.deployment ? await moveDeployment(tx, loaded, plan.deployment, now) : null;
  await moveService(tx, loaded, plan, now);
  if (service.holdsKeys) await tx.identity.apiKeys.revokeUnheld(service.id, now);
  for (const node of await expireVolumes(tx, loaded, plan)) wake.add(node);
  // Nobody else has to look at the action: of several deployments the last one that ends sees all others.
  if (ended) await settleDeployments(tx, ended, now);
  return {
    wake: [...wake],
    lookAgainAt: service.destroyedAt ? null : plan.lookAgainAt,
    changes: plan.create.length + plan.change.length,
  };
}

/** Between the platform and its edges: an agent hears of a container that leaves when it has left. */
const isQuiet = ({ pool, startIncarnation, staysPut, desired }: PlannedChange): boolean =>
  (pool !== null && pool !== 'out' && startIncarnation === null) ||
  (pool === null && staysPut && desired === 'running');

/** Returns the nodes whose file shares are mounted. */
async function create(tx: Transaction, loaded: LoadedService, made: MadeContainer[], now: Date): Promise<string[]> {
  await tx.containers.insertPlaced(made);
  const shareNodes = await giveVolumes(tx, loaded, made, now);
  const over = await tx.reconcile.overcommitted([...new Set(made.map((one) => one.nodeId))]);
  if (over.length) throw new DomainError('stale', 'A node filled up meanwhile.');
  await tx.events.append(
    made.map(({ record, nodeId }) => ({
      organizationId: record.organizationId,
      projectId: record.projectId,
      type: 'container' as const,
      verb: 'create' as const,
      resourceId: record.id,
      state: record.observed.state,
      parents: [
        { type: 'service' as const, id: loaded.service.id },
        ...(record.stackId ? [{ type: 'stack' as const, id: record.stackId }] : []),
        { type: 'node' as const, id: nodeId },
      ],
    })),
  );
  return shareNodes;
}

/** Returns the action that may now end. */
async function moveDeployment(
  tx: Transaction,
  loaded: LoadedService,
  change: DeploymentChange,
  now: Date,
): Promise<string | null> {
  const { deployment } = loaded;
  if (!deployment) return null;
  const ended = deploymentEnded(change.state);
  await tx.deployments.update({
    ...deployment,
    state: change.state,
    message: change.message ?? deployment.message,
    rollingBack: change.rollingBack,
    lastProgressAt: change.lastProgressAt,
    completeSince: change.completeSince,
    deadlineAt: change.deadlineAt,
    progressSlots: change.progressSlots,
    endedAt: ended ? now : null,
  });
  return isDecided(change.state) ? deployment.actionId : null;
}

async function moveService(tx: Transaction, loaded: LoadedService, plan: ServicePlan, now: Date): Promise<void> {
  const { service } = loaded;
  const before = { ...service };
  service.state = plan.state;
  service.synchronized = plan.synchronized && sameDefinition(loaded);
  service.lookAgainAt = plan.lookAgainAt;
  service.revision = plan.deployment?.serviceRevision ?? service.revision;
  service.stateMessage =
    plan.refusals.map((refusal) => refusal.sentence)[0] ??
    plan.deployment?.message ??
    (plan.state === 'running' ? null : service.stateMessage);
  if (plan.state === 'terminated') await release(tx, loaded, now);
  const stateChanged = before.state !== service.state || before.synchronized !== service.synchronized;
  const changed =
    stateChanged ||
    before.stateMessage !== service.stateMessage ||
    before.revision !== service.revision ||
    before.lookAgainAt?.getTime() !== service.lookAgainAt?.getTime();
  if (!changed) return;
  service.rowVersion = await tx.services.update(service);
  if (!stateChanged) return;
  await tx.events.append([serviceEvent(service, plan.state === 'terminated' ? 'delete' : 'update')]);
  if (service.stackId) await tx.outbox.add([`stack:${service.stackId}`]);
}

/** The definition that runs is the one its user gave last. */
function sameDefinition({ service, specs }: LoadedService): boolean {
  const running = specs.get(service.revision);
  if (!running) return service.revision === 0;
  return (
    JSON.stringify(sorted({ ...running, replicas: 0 })) === JSON.stringify(sorted({ ...service.spec, replicas: 0 }))
  );
}

/** The database keeps no order of keys. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

/** A terminated service gives back what it held of its project's quota. */
async function release(tx: Transaction, { service }: LoadedService, now: Date): Promise<void> {
  service.destroyedAt = now;
  service.lookAgainAt = null;
  await tx.networks.releaseService(service.id);
  await tx.publicIps.unbindService(service.id);
  await tx.quotas.take(service.organizationId, service.projectId, {
    services: -1,
    containers: -service.reserved.containers,
    memoryBytes: -service.reserved.memoryBytes,
    milliCpu: -service.reserved.milliCpu,
  });
  service.reserved = { containers: 0, memoryBytes: 0, milliCpu: 0 };
}
