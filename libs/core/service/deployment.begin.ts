import type { DeploymentKind } from '#libs/domain/deployment/state.js';
import { DomainError } from '#libs/domain/error.js';
import { serviceVerbs, type ServiceIntent, type ServiceState, type ServiceVerb } from '#libs/domain/service/state.js';
import { newId } from '#libs/platform/id.js';
import type { Transaction } from '../unit-of-work/unit-of-work.port.js';
import type { DeploymentRecord } from './deployment.repository.port.js';
import type { ServiceRecord } from './service.repository.port.js';

const verbOf: Record<DeploymentKind, ServiceVerb> = {
  create: 'start',
  start: 'start',
  stop: 'stop',
  redeploy: 'redeploy',
  scale: 'scale',
  terminate: 'terminate',
};

const intentOf: Record<DeploymentKind, ServiceIntent> = {
  create: 'running',
  start: 'running',
  stop: 'stopped',
  redeploy: 'running',
  scale: 'running',
  terminate: 'terminated',
};

/** The state shown from the request on, until the reconciler writes what it observed. */
const stateOf: Record<DeploymentKind, ServiceState> = {
  create: 'starting',
  start: 'starting',
  stop: 'stopping',
  redeploy: 'redeploying',
  scale: 'scaling',
  terminate: 'terminating',
};

export function requireVerb(service: Pick<ServiceRecord, 'name' | 'state'>, verb: ServiceVerb): void {
  if (serviceVerbs[service.state].includes(verb)) return;
  const allowed = serviceVerbs[service.state];
  throw new DomainError(
    'state',
    `Service "${service.name}" is ${service.state.replace('-', ' ')}, which does not allow ${verb}` +
      (allowed.length ? `; it allows ${allowed.join(', ')}.` : ' or any other action.'),
  );
}

export interface DeploymentOptions {
  toRevision?: number;
  environment?: DeploymentRecord['environment'];
  /** Of a redeploy: its instances begin with new unnamed volumes; those of before go when it has succeeded. */
  renewVolumes?: boolean;
}

/**
 * Writes what the user asked of a locked service: intent, size, revision, the deployment that is to get there, quota
 * and the reconcile key. The caller holds the row, has checked authorization and inserts the action.
 */
export async function beginDeployment(
  tx: Transaction,
  service: ServiceRecord,
  kind: DeploymentKind,
  actionId: string | null,
  now: Date,
  options: DeploymentOptions = {},
): Promise<DeploymentRecord> {
  requireVerb(service, verbOf[kind]);
  const former = await tx.deployments.endOpen(service.id, 'superseded', `A newer ${kind} took over.`, now);
  if (former?.actionId) await tx.outbox.add([`action:${former.actionId}`]);
  const from = service.revision || null;
  if (options.toRevision !== undefined) {
    service.revision = options.toRevision;
  } else if (kind === 'redeploy' || service.revision === 0) {
    const [newest] = await tx.services.revisions(service.id);
    service.revision = (newest?.number ?? 0) + 1;
    const epoch = options.renewVolumes ? service.revision : await epochOf(tx, service.id, from, newest);
    await tx.services.insertRevision(service.id, service.organizationId, service.revision, service.spec, epoch);
  }
  const target = kind === 'stop' || kind === 'terminate' ? service.replicas : service.spec.replicas;
  await reserve(tx, service, target);
  service.replicas = target;
  service.intent = intentOf[kind];
  service.state = stateOf[kind];
  service.stateMessage = null;
  service.synchronized = false;
  if (kind === 'start' || kind === 'create' || kind === 'redeploy') service.startedAt = now;
  if (kind === 'stop') service.stoppedAt = now;
  if (kind === 'redeploy' || kind === 'create') service.deployedAt = now;
  service.rowVersion = await tx.services.update(service);
  const deployment: DeploymentRecord = {
    id: newId(),
    organizationId: service.organizationId,
    projectId: service.projectId,
    serviceId: service.id,
    actionId,
    kind,
    state: 'in-progress',
    fromRevision: from,
    toRevision: service.revision,
    rollingBack: false,
    progressSlots: 0,
    message: null,
    startedAt: now,
    lastProgressAt: null,
    completeSince: null,
    deadlineAt: new Date(now.getTime() + service.spec.rollout.progressDeadlineMs),
    endedAt: null,
    environment: options.environment ?? [],
  };
  await tx.deployments.insert(deployment);
  await tx.events.append([serviceEvent(service, 'update')]);
  await tx.outbox.add([`service:${service.id}`]);
  return deployment;
}

/** It goes on from the revision that serves, which a rollback may have made an older one. */
async function epochOf(
  tx: Transaction,
  serviceId: string,
  serving: number | null,
  newest: { number: number; volumeEpoch: number } | undefined,
): Promise<number> {
  if (serving === null || newest === undefined) return 0;
  if (newest.number === serving) return newest.volumeEpoch;
  return (await tx.services.specs(serviceId, [serving])).epochs.get(serving) ?? 0;
}

/**
 * Containers and memory are counted from the moment they are wanted: a service that is started holds its number,
 * stopped ones included, until it has terminated. A redeploy may change the memory of each.
 */
async function reserve(tx: Transaction, service: ServiceRecord, replicas: number): Promise<void> {
  const { memoryBytes, milliCpu } = service.spec.template.resources;
  const wanted = {
    containers: replicas,
    memoryBytes: replicas * (memoryBytes ?? 0),
    milliCpu: replicas * (milliCpu ?? 0),
  };
  await tx.quotas.take(service.organizationId, service.projectId, {
    containers: wanted.containers - service.reserved.containers,
    memoryBytes: wanted.memoryBytes - service.reserved.memoryBytes,
    milliCpu: wanted.milliCpu - service.reserved.milliCpu,
  });
  service.reserved = wanted;
}

export function serviceEvent(service: ServiceRecord, verb: 'create' | 'update' | 'delete') {
  return {
    organizationId: service.organizationId,
    projectId: service.projectId,
    type: 'service' as const,
    verb,
    resourceId: service.id,
    state: service.state,
    parents: service.stackId ? [{ type: 'stack' as const, id: service.stackId }] : [],
  };
}
