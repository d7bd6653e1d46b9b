import type { PoolState } from '#libs/domain/container/pool.js';
import type { DesiredState, ContainerState, ObservedContainer } from '#libs/domain/container/state.js';
import type { ContainerTemplate } from '#libs/domain/container/template.js';
import type { RestartPolicy, ServiceSpec } from '#libs/domain/service/spec.js';

/** One end of a container's links, as it was when the container was made. */
export interface LinkedTo {
  /** `alias_N`. */
  name: string;
  serviceId: string;
  containerId: string;
  /** `80/tcp` → `tcp://10.64.0.2:80`. */
  endpoints: Record<string, string>;
}

export interface ContainerRecord {
  id: string;
  organizationId: string;
  projectId: string;
  stackId: string | null;
  serviceId: string | null;
  name: string;
  ordinal: number;
  /** Null for a standalone container, which carries its own template and restart policy. */
  revision: number | null;
  template: ContainerTemplate | null;
  restart: RestartPolicy | null;
  /** Variables the platform adds; frozen when the container was made. */
  environment: { name: string; value: string }[];
  /** Frozen likewise. */
  links: LinkedTo[];
  /** Key of its service that its node is told with it; never shown. */
  apiKeyId: string | null;
  /** Null until placed. */
  nodeId: string | null;
  /** In the project’s network, given when it is placed; null where the container has none. */
  privateAddress: string | null;
  deploymentId: string | null;
  /** Its user stopped this one container: reconcilers leave it so until it or its service is started. */
  held: boolean;
  /** The node a rebalance wants it on. */
  moveTo: string | null;
  /** The incarnation an explicit start asked for; 0 when none did. */
  startIncarnation: number;
  /** When a reconciler counted it as failed. */
  failedAt: Date | null;
  /** Removed because its process ended, so that its slot is not filled again. */
  autodestroyed: boolean;
  desired: DesiredState;
  generation: number;
  restartNonce: number;
  pool: PoolState;
  /** Grows with time: an edge knows of the change when what it has confirmed is newer. Null before the first change. */
  poolChangedXid: number | null;
  poolChangedAt: Date | null;
  milliCpu: number;
  memoryBytes: number;
  observed: ObservedContainer;
  observedGeneration: number;
  createdAt: Date;
  removedAt: Date | null;
  rowVersion: number;
}

export interface ContainerDetails extends ContainerRecord {
  /** The revision's spec, or one made of the standalone container's own template. */
  spec: ServiceSpec | null;
  serviceName: string | null;
  stackName: string | null;
  nodeName: string | null;
  nodeAddress: string | null;
  nodeClusterId: string | null;
  /** Of its service's definition as it is now; none of a standalone container. */
  serviceLinks: { alias: string; serviceId: string }[];
  linkedFrom: { serviceId: string; serviceName: string; alias: string }[];
}

export interface ContainerFilter {
  ids?: string[];
  idPrefix?: string;
  name?: string;
  serviceId?: string;
  serviceName?: string;
  stackName?: string;
  nodeId?: string;
  states?: ContainerState[];
  desired?: DesiredState[];
  /** Also those removed in the last hour. */
  includeRemoved?: boolean;
  limit: number;
  offset: number;
}

export interface DesiredChange {
  id: string;
  desired: DesiredState;
  /** Absent or null leaves each of these as it is. */
  held?: boolean | null;
  /** Stop and start once more although it is desired running already. */
  restart?: boolean;
  startIncarnation?: number | null;
  deploymentId?: string | null;
  failedAt?: Date | null;
  autodestroyed?: boolean | null;
  /**
   * `leaving` keeps everything else from its agent until it is `out`; a `restart` is remembered as desired `running`
   * until then.
   */
  pool?: PoolState | null;
  /** Forgets where a rebalance wanted it. */
  staysPut?: boolean;
  /** Nothing that its agent has to hear of. */
  quiet?: boolean;
}

export interface Placement {
  id: string;
  nodeId: string;
  hostPorts: { hostPort: number; protocol: string }[];
}

/** The record's own node is not looked at. */
export interface PlacedContainer extends Omit<Placement, 'id'> {
  record: ContainerRecord;
}

export interface ContainerRepository {
  get(projectId: string, id: string): Promise<ContainerRecord | null>;
  lock(projectId: string, id: string): Promise<ContainerRecord | null>;
  details(projectId: string, filter: ContainerFilter): Promise<{ rows: ContainerDetails[]; total: number }>;
  insert(containers: ContainerRecord[]): Promise<void>;
  /** Living containers of a service, by ordinal then creation; includes those being removed. */
  ofService(serviceId: string): Promise<ContainerRecord[]>;
  /**
   * As `ofService`, and of the removed ones those that the deciders still need: failed within the last hour, of this
   * deployment, or autodestroyed and the newest of their slot. Without template, restart policy, environment and links.
   */
  forReconcile(serviceId: string, deploymentId: string | null, now: Date): Promise<ContainerRecord[]>;
  /**
   * Sets what is desired, bumps the container's generation and the node's assignment generation, and returns the
   * new generations: for one that leaves the pool the one it will have then. Containers without a node, or whose removal was never sent, are ended at once.
   */
  desire(changes: DesiredChange[]): Promise<{ id: string; generation: number }[]>;
  /** For reconcilers, across projects: holds the row. */
  lockAny(id: string): Promise<ContainerRecord | null>;
  /** Places containers on nodes: bumps the nodes' assignment generations and takes host ports (`conflict` if taken). */
  place(placements: Placement[]): Promise<void>;
  /** `insert` and `place` in one: for containers that are made where they will run. */
  insertPlaced(placed: PlacedContainer[]): Promise<void>;
  /** Notes the address that a container which exists was given. */
  address(id: string, privateAddress: string): Promise<void>;
}
