import type { ContainerView, DemandView, RevisionView, RoutingView, ServiceSnapshot } from '#libs/control/snapshot.js';
import type { ServiceSpec } from '#libs/domain/service/spec.js';
import { keepsInstanceData, sharedMounts, volumeMounts } from '#libs/domain/volume/volume.js';
import type { ActionRecord } from '../action/action.repository.port.js';
import type { ContainerRecord } from '../container/container.repository.port.js';
import type { DeploymentRecord } from '../service/deployment.repository.port.js';
import type { ServiceRecord } from '../service/service.repository.port.js';
import type { Transaction } from '../unit-of-work/unit-of-work.port.js';
import type { EdgeVersion } from './reconcile.repository.port.js';
import { instanceDemands, volumeDemand, type InstanceScene } from '../volume/volume-demand.js';
import type { HeldVolume } from '../volume/volume.repository.port.js';

export interface LoadedService {
  service: ServiceRecord & { holdsKeys: boolean };
  deployment: DeploymentRecord | null;
  /** Actions on single containers that wait for what is observed. */
  expectations: ActionRecord[];
  containers: ContainerRecord[];
  specs: Map<number, ServiceSpec>;
  /** By revision: which unnamed volumes of its instances it uses. */
  epochs: Map<number, number>;
  volumes: HeldVolume[];
  snapshot: ServiceSnapshot;
}

/** Everything the decider looks at, read under the service's row lock. Null when there is nothing left to decide. */
export async function loadService(tx: Transaction, serviceId: string, now: Date): Promise<LoadedService | null> {
  const service = await tx.services.lockAny(serviceId);
  if (!service || service.destroyedAt) return null;
  const routed = service.routeDrainMs !== null;
  const [edges, deployment, nodes, expectations] = await Promise.all([
    routed ? tx.reconcile.edgeVersions(service.organizationId, service.projectId) : [],
    tx.deployments.open(serviceId),
    tx.nodes.states(service.organizationId),
    tx.actions.openExpectations(serviceId),
  ]);
  const containers = await tx.containers.forReconcile(serviceId, deployment?.id ?? null, now);
  const numbers = new Set<number>(containers.flatMap((container) => container.revision ?? []));
  for (const number of [service.revision, deployment?.fromRevision, deployment?.toRevision])
    if (number) numbers.add(number);
  const { specs, epochs } = await tx.services.specs(serviceId, [...numbers]);
  const current = specs.get(service.revision) ?? service.spec;
  const volumes = await usedVolumes(tx, service, specs);
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
    revisions: [...specs].map(([number, spec]) =>
      toRevision(number, spec, { serviceId, epoch: epochs.get(number) ?? 0, volumes, nodes }),
    ),
    containers: containers.map((container) => toView(container, edges)),
    deployment: deployment && { ...deployment, startedAt: deployment.startedAt },
    nodes,
  };
  return { service, deployment, expectations, containers, specs, epochs, volumes, snapshot };
}

async function usedVolumes(
  tx: Transaction,
  { id, projectId }: Pick<ServiceRecord, 'id' | 'projectId'>,
  specs: Map<number, ServiceSpec>,
): Promise<HeldVolume[]> {
  const all = [...specs.values()];
  const names = new Set(all.flatMap(volumeNames));
  const ofInstances = all.some((spec) => keepsInstanceData(spec.template));
  return names.size || ofInstances ? tx.volumes.forContainers(projectId, ofInstances ? id : null, [...names]) : [];
}

export const volumeNames = (spec: Pick<ServiceSpec, 'template'>): string[] =>
  sharedMounts(spec.template).map(({ volume }) => volume);

export function demandOf(spec: Pick<ServiceSpec, 'template'>, volumes: readonly HeldVolume[]): DemandView {
  const { resources, ports, healthCheck } = spec.template;
  return {
    milliCpu: resources.milliCpu ?? 0,
    memoryBytes: resources.memoryBytes ?? 0,
    hostPorts: ports.flatMap((port) =>
      port.hostPort === null ? [] : [{ hostPort: port.hostPort, protocol: port.protocol }],
    ),
    ...volumeDemand(spec, volumes),
    hasHealthCheck: healthCheck !== null,
    hasVolumes: volumeMounts(spec.template).some((mount) => mount.volume !== null || mount.perInstance),
  };
}

const toRevision = (number: number, spec: ServiceSpec, scene: InstanceScene): RevisionView => ({
  number,
  demand: demandOf(spec, scene.volumes),
  instances: instanceDemands(spec, scene),
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
    moveTo: container.moveTo,
    pool: container.pool,
    poolSettled: poolChangedXid === null || edges.every((edge) => edge.version > poolChangedXid),
    poolChangedAt: container.poolChangedAt,
  };
}
