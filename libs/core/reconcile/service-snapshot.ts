import type { ContainerView, DemandView, RevisionView, RoutingView, ServiceSnapshot } from '#libs/control/snapshot.js';
import type { ServiceSpec } from '#libs/domain/service/spec.js';
import type { ContainerRecord } from '../container/container.repository.port.js';
import type { DeploymentRecord } from '../service/deployment.repository.port.js';
import type { ServiceRecord } from '../service/service.repository.port.js';
import type { Transaction } from '../unit-of-work/unit-of-work.port.js';
import type { EdgeVersion } from './reconcile.repository.port.js';
import type { VolumeRecord } from '../volume/volume.repository.port.js';

export interface LoadedService {
  service: ServiceRecord & { holdsKeys: boolean };
  deployment: DeploymentRecord | null;
  containers: ContainerRecord[];
  specs: Map<number, ServiceSpec>;
  volumes: VolumeRecord[];
  snapshot: ServiceSnapshot;
}

/** Everything the decider looks at, read under the service's row lock. Null when there is nothing left to decide. */
export async function loadService(tx: Transaction, serviceId: string, now: Date): Promise<LoadedService | null> {
  const service = await tx.services.lockAny(serviceId);
  if (!service || service.destroyedAt) return null;
  const routed = service.routeDrainMs !== null;
  const edges = routed ? await tx.reconcile.edgeVersions(service.organizationId, service.projectId) : [];
  const deployment = await tx.deployments.open(serviceId);
  const containers = await tx.containers.forReconcile(serviceId, deployment?.id ?? null, now);
  const numbers = new Set<number>(containers.flatMap((container) => container.revision ?? []));
  for (const number of [service.revision, deployment?.fromRevision, deployment?.toRevision])
    if (number) numbers.add(number);
  const specs = await tx.services.specs(serviceId, [...numbers]);
  const current = specs.get(service.revision) ?? service.spec;
  const volumes = await namedVolumes(tx, service.projectId, specs);
  const sources = current.volumesFrom.length
    ? await tx.reconcile.nodesOfServices(current.volumesFrom)
    : new Map<string, never>();
  const snapshot: ServiceSnapshot = {
    now,
    service: {
      id: service.id,
      name: service.name,
      intent: service.intent,
      replicas: service.replicas,
      placement: current.placement,
      restart: current.restart,
      rollout: current.rollout,
      autodestroy: current.autodestroy,
      sequential: current.sequential,
      revision: service.revision,
      colocateWith: [...sources.values()],
      routing: routingOf(service.routeDrainMs, edges),
    },
    revisions: [...specs].map(([number, spec]) => toRevision(number, spec, volumes)),
    containers: containers.map((container) => toView(container, edges)),
    deployment: deployment && { ...deployment, startedAt: deployment.startedAt },
    nodes: await tx.nodes.states(service.organizationId),
  };
  return { service, deployment, containers, specs, volumes, snapshot };
}

async function namedVolumes(
  tx: Transaction,
  projectId: string,
  specs: Map<number, ServiceSpec>,
): Promise<VolumeRecord[]> {
  const names = new Set<string>();
  for (const spec of specs.values()) for (const name of volumeNames(spec)) names.add(name);
  return names.size ? tx.volumes.byNames(projectId, [...names]) : [];
}

export const volumeNames = (spec: Pick<ServiceSpec, 'template'>): string[] =>
  spec.template.mounts.flatMap((mount) => (mount.kind === 'volume' && mount.volume !== null ? [mount.volume] : []));

export function demandOf(spec: Pick<ServiceSpec, 'template'>, volumes: VolumeRecord[]): DemandView {
  const { resources, ports, healthCheck } = spec.template;
  const names = new Set(volumeNames(spec));
  return {
    milliCpu: resources.milliCpu ?? 0,
    memoryBytes: resources.memoryBytes ?? 0,
    hostPorts: ports.flatMap((port) =>
      port.hostPort === null ? [] : [{ hostPort: port.hostPort, protocol: port.protocol }],
    ),
    pins: volumes.flatMap(({ name, nodeId }) => (names.has(name) && nodeId ? [{ volume: name, nodeId }] : [])),
    claims: [],
    hasHealthCheck: healthCheck !== null,
    hasVolumes: names.size > 0,
  };
}

const toRevision = (number: number, spec: ServiceSpec, volumes: VolumeRecord[]): RevisionView => ({
  number,
  demand: demandOf(spec, volumes),
  instancePins: new Map(),
});

/** Beyond what requests under way may take, edges have this long to follow a change of the pool. */
const edgeLatencyMs = 5_000;

const routingOf = (drainMs: number | null, edges: readonly EdgeVersion[]): RoutingView | null =>
  drainMs === null ? null : { patienceMs: drainMs + edgeLatencyMs, edgesLive: edges.length > 0 };

function toView(container: ContainerRecord, edges: readonly EdgeVersion[]): ContainerView {
  const { poolChangedXid } = container;
  return {
    id: container.id,
    ordinal: container.ordinal,
    revision: container.revision ?? 0,
    nodeId: container.nodeId ?? '',
    desired: container.desired,
    state: container.observed.state,
    health: container.observed.health,
    incarnation: container.observed.incarnation,
    exitCode: container.observed.exitCode,
    message: container.observed.message,
    createdAt: container.createdAt,
    startedAt: container.observed.startedAt,
    finishedAt: container.observed.finishedAt,
    deploymentId: container.deploymentId,
    startIncarnation: container.startIncarnation,
    failedAt: container.failedAt,
    autodestroyed: container.autodestroyed,
    held: container.held,
    pool: container.pool,
    poolSettled: poolChangedXid === null || edges.every((edge) => edge.version > poolChangedXid),
    poolChangedAt: container.poolChangedAt,
  };
}
