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

/** What a verb may end before its time. */
const overtaken = {
  start: ['stopping'],
  stop: ['starting', 'scaling', 'redeploying'],
  redeploy: ['starting', 'scaling', 'redeploying'],
} as const satisfies Partial<Record<ServiceVerb, readonly ServiceState[]>>;

/**
 * Lets a verb take over from what is under way, which is superseded, where it would else have to wait for the end: for
 * APIs whose calls say how it is to be now. What is being removed stays so.
 */
export function takeOver(service: ServiceRecord, verb: keyof typeof overtaken): void {
  const states: readonly ServiceState[] = overtaken[verb];
  if (states.includes(service.state)) service.state = 'partly-running';
}

export interface DeploymentOptions {
  toRevision?: number;
  environment?: DeploymentRecord['environment'];
  /** Of a redeploy: its instances begin with new unnamed volumes; those of before go when it has succeeded. */
  renewVolumes?: boolean;
}

export interface DeploymentWish {
  service: ServiceRecord;
  kind: DeploymentKind;
  options?: DeploymentOptions;
}

/** As `beginDeployments`, for one service. */
export async function beginDeployment(
  tx: Transaction,
  service: ServiceRecord,
  kind: DeploymentKind,
  actionId: string | null,
  now: Date,
  options: DeploymentOptions = {},
): Promise<DeploymentRecord> {
  const [deployment] = await beginDeployments(tx, [{ service, kind, options }], actionId, now);
  if (!deployment) throw new DomainError('internal', 'No deployment was begun.');
  return deployment;
}

/**
 * Writes what the user asked of locked services: intent, size, revision, the deployment that is to get there, quota
 * and the reconcile key; a statement for each table, however many services. The caller holds the rows, has checked
 * authorization and inserts the action.
 */
export async function beginDeployments(
  tx: Transaction,
  wishes: readonly DeploymentWish[],
  actionId: string | null,
  now: Date,
): Promise<DeploymentRecord[]> {
  if (wishes.length === 0) return [];
  for (const { service, kind } of wishes) requireVerb(service, verbOf[kind]);
  const former = await tx.deployments.supersede(
    wishes.map(({ service, kind }) => ({ id: service.id, message: `A newer ${kind} took over.` })),
    now,
  );
  await tx.outbox.add(former.map((id) => `action:${id}` as const));
  const deployments = wishes.map((wish) => newDeployment(wish, actionId, now));
  await moveRevisions(tx, wishes);
  for (const [i, deployment] of deployments.entries()) {
    const wish = wishes[i];
    if (!wish) continue;
    deployment.toRevision = wish.service.revision;
    await reserve(tx, wish);
    moveService(wish, now);
  }
  await Promise.all([
    tx.services.updateAll(wishes.map(({ service }) => service)),
    tx.deployments.insert(...deployments),
  ]);
  await tx.events.append(wishes.map(({ service }) => serviceEvent(service, 'update')));
  await tx.outbox.add(wishes.map(({ service }) => `service:${service.id}` as const));
  return deployments;
}

/** From the revision that the service has now; where to is written later. */
const newDeployment = ({ service, kind, options }: DeploymentWish, actionId: string | null, now: Date) => ({
  id: newId<string>(),
  organizationId: service.organizationId,
  projectId: service.projectId,
  serviceId: service.id,
  actionId,
  kind,
  state: 'in-progress' as const,
  fromRevision: service.revision || null,
  toRevision: service.revision,
  rollingBack: false,
  progressSlots: 0,
  message: null,
  startedAt: now,
  lastProgressAt: null,
  completeSince: null,
  deadlineAt: new Date(now.getTime() + service.spec.rollout.progressDeadlineMs),
  endedAt: null,
  environment: options?.environment ?? [],
});

function moveService({ service, kind }: DeploymentWish, now: Date): void {
  service.replicas = targetOf(service, kind);
  service.intent = intentOf[kind];
  service.state = stateOf[kind];
  service.stateMessage = null;
  service.synchronized = false;
  if (kind === 'start' || kind === 'create' || kind === 'redeploy') service.startedAt = now;
  if (kind === 'stop') service.stoppedAt = now;
  if (kind === 'redeploy' || kind === 'create') service.deployedAt = now;
}

const targetOf = (service: ServiceRecord, kind: DeploymentKind): number =>
  kind === 'stop' || kind === 'terminate' ? service.replicas : service.spec.replicas;

/** Gives each service the revision that it is deployed to: a new one of its definition, the one asked for, or its own. */
async function moveRevisions(tx: Transaction, wishes: readonly DeploymentWish[]): Promise<void> {
  const fresh = wishes.filter(
    ({ service, kind, options }) =>
      options?.toRevision === undefined && (kind === 'redeploy' || service.revision === 0),
  );
  for (const { service, options } of wishes) service.revision = options?.toRevision ?? service.revision;
  if (fresh.length === 0) return;
  const newest = await tx.services.newestRevisions(fresh.map(({ service }) => service.id));
  const revisions = [];
  for (const { service, options } of fresh) {
    const known = newest.get(service.id);
    const number = (known?.number ?? 0) + 1;
    const volumeEpoch = options?.renewVolumes ? number : await epochOf(tx, service.id, service.revision || null, known);
    service.revision = number;
    revisions.push({
      serviceId: service.id,
      organizationId: service.organizationId,
      number,
      spec: service.spec,
      volumeEpoch,
    });
  }
  await tx.services.insertRevisions(revisions);
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
async function reserve(tx: Transaction, { service, kind }: DeploymentWish): Promise<void> {
  const replicas = targetOf(service, kind);
  const { memoryBytes, milliCpu } = service.spec.template.resources;
  const wanted = {
    containers: replicas,
    memoryBytes: replicas * (memoryBytes ?? 0),
    milliCpu: replicas * (milliCpu ?? 0),
  };
  await tx.quotas.takeWithCommit(service.organizationId, service.projectId, {
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
