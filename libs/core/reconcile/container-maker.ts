import type { PlannedCreate } from '#libs/control/snapshot.js';
import { isAlive } from '#libs/domain/container/state.js';
import type { PlatformPlace } from '#libs/domain/discovery/naming.js';
import { DomainError } from '#libs/domain/error.js';
import type { ServiceSpec } from '#libs/domain/service/spec.js';
import { newId } from '#libs/platform/id.js';
import type { ContainerRecord } from '../container/container.repository.port.js';
import { isTold, tell, type Told } from '../discovery/container-variables.js';
import type { LinkedContainerRecord, Surroundings } from '../discovery/discovery.repository.port.js';
import type { ProjectNetworks } from '../network/project-networks.js';
import { keyForContainers } from '../service/service-key.js';
import type { ServiceKeyVault } from '../service/service-key.vault.js';
import type { Transaction } from '../unit-of-work/unit-of-work.port.js';
import { demandOf, type LoadedService } from './service-snapshot.js';

/** What is the same for all services of the platform and stands in what their containers are told. */
export interface ContainerPlatform {
  place: PlatformPlace;
  vault: ServiceKeyVault;
  networks: ProjectNetworks;
}

export const unobserved: ContainerRecord['observed'] = {
  state: 'pending',
  incarnation: 0,
  health: 'none',
  engineId: null,
  exitCode: null,
  message: null,
  imageDigest: null,
  address: null,
  ports: [],
  startedAt: null,
  finishedAt: null,
};

/** What the planned containers will be told of others; null when they are told nothing. */
export async function surroundingsOf(
  tx: Transaction,
  loaded: LoadedService,
  planned: readonly PlannedCreate[],
): Promise<Surroundings | null> {
  const specs = [...new Set(planned.map((one) => one.revision))].map((revision) => specOf(loaded, revision));
  if (!specs.some(isTold)) return null;
  const linked = new Set(specs.flatMap((spec) => spec.links.map((link) => link.serviceId)));
  return tx.discovery.surroundings(loaded.service.id, [...linked]);
}

export function specOf({ service, specs }: LoadedService, revision: number): ServiceSpec {
  const spec = specs.get(revision);
  if (!spec) throw new DomainError('internal', `Revision ${revision} of service "${service.name}" is missing.`);
  return spec;
}

/** What new containers of one service are told. */
export interface Telling extends ContainerPlatform {
  /** Null when they are told nothing of others. */
  surroundings: Surroundings | null;
}

export interface MadeContainer {
  record: ContainerRecord;
  nodeId: string;
  spec: ServiceSpec;
  hostPorts: { hostPort: number; protocol: 'tcp' | 'udp' }[];
}

/** The records of planned containers with their addresses and all else that is frozen when a container is made. */
export async function makeContainers(
  tx: Transaction,
  loaded: LoadedService,
  planned: readonly PlannedCreate[],
  { surroundings, place, vault, networks }: Telling,
  now: Date,
): Promise<MadeContainer[]> {
  const { service, deployment, containers } = loaded;
  const hasRole = planned.some((one) => specOf(loaded, one.revision).roles.length > 0);
  const key = hasRole ? await keyForContainers(tx, vault, service, deployment, containers, now) : null;
  const siblings = containers.filter((one) => one.desired === 'running' && isAlive(one.observed.state)).map(toEnd);
  const made = planned.map((one): MadeContainer => {
    const spec = specOf(loaded, one.revision);
    const { milliCpu, memoryBytes, hostPorts } = demandOf(spec, loaded.volumes);
    const container = { id: newId(), name: `${service.name}-${one.ordinal}`, ordinal: one.ordinal };
    const self = { id: service.id, name: service.name, spec, containers: siblings };
    const told: Told = surroundings
      ? tell(self, { ...container, nodeId: one.nodeId }, surroundings, place)
      : { environment: [], links: [] };
    const handedOn = deployment && one.deploymentId === deployment.id ? deployment.environment : [];
    const record: ContainerRecord = {
      ...container,
      organizationId: service.organizationId,
      projectId: service.projectId,
      stackId: service.stackId,
      serviceId: service.id,
      revision: one.revision,
      template: null,
      restart: null,
      environment: [...told.environment, ...handedOn],
      links: told.links,
      apiKeyId: spec.roles.length ? key : null,
      nodeId: null,
      privateAddress: null,
      deploymentId: one.deploymentId,
      held: false,
      startIncarnation: 0,
      failedAt: null,
      autodestroyed: false,
      moveTo: null,
      pool: 'none',
      poolChangedXid: null,
      poolChangedAt: null,
      desired: 'running',
      generation: 1,
      restartNonce: 0,
      milliCpu,
      memoryBytes,
      observed: unobserved,
      observedGeneration: 0,
      createdAt: now,
      removedAt: null,
      rowVersion: 1,
    };
    return { record, nodeId: one.nodeId, spec, hostPorts };
  });
  const networked = made.filter(({ spec }) => spec.template.networkMode === 'bridge').map(({ record }) => record);
  const wishes = networked.map(({ id, serviceId, ordinal }) => ({ containerId: id, serviceId, ordinal }));
  const addresses = await networks.lease(tx, service, wishes);
  for (const record of networked) record.privateAddress = addresses.get(record.id) ?? null;
  return made;
}

const toEnd = (container: ContainerRecord): LinkedContainerRecord => ({
  id: container.id,
  name: container.name,
  ordinal: container.ordinal,
  revision: container.revision,
  nodeId: container.nodeId,
  state: container.observed.state,
  address: container.observed.address,
  createdAt: container.createdAt,
});
