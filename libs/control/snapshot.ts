import type { PoolState } from '#libs/domain/container/pool.js';
import type { ContainerState, DesiredState, HealthState } from '#libs/domain/container/state.js';
import type { DeploymentKind, DeploymentState } from '#libs/domain/deployment/state.js';
import type { FileShareState } from '#libs/domain/file-share/state.js';
import type { NodeState } from '#libs/domain/node/state.js';
import type { ServiceIntent, ServiceState } from '#libs/domain/service/state.js';
import type { Placement, RestartPolicy, RolloutPolicy, ServiceSpec } from '#libs/domain/service/spec.js';

/** What the deciders see. Plain data, loaded in one snapshot; they never read a clock or a store. */

export interface ServiceView {
  id: string;
  name: string;
  intent: ServiceIntent;
  /** Wanted number of containers; ignored by every-node, 0 while stopped or terminated for new starts. */
  replicas: number;
  placement: Placement;
  restart: RestartPolicy;
  rollout: RolloutPolicy;
  autodestroy: ServiceSpec['autodestroy'];
  sequential: boolean;
  /** The revision new containers are made from. */
  revision: number;
  /** Services whose nodes the containers must share (volumes_from), with those nodes. */
  colocateWith: { serviceName: string; nodeIds: string[] }[];
  /** Null without an active route to it: its containers then run and stop without asking any edge. */
  routing: RoutingView | null;
}

export interface RoutingView {
  /** How long edges have for one change of the pool; after that it counts as done. */
  patienceMs: number;
  /** Whether any edge lives that has to be waited for. */
  edgesLive: boolean;
}

/** What the scheduler counts of one revision. */
export interface DemandView {
  milliCpu: number;
  memoryBytes: number;
  hostPorts: { hostPort: number; protocol: 'tcp' | 'udp' }[];
  /** Local volumes that every container of the revision needs and that are on a node already. */
  pins: VolumePin[];
  /** Such volumes that are on none yet: the first container decides, and the others follow it. */
  unplaced: string[];
  /** Volumes with one writer at a time that it writes to. */
  claims: VolumeClaim[];
  /** Volumes on file shares, which every node that can reach the share can mount. */
  shares: VolumeShare[];
  hasHealthCheck: boolean;
  /** Mounts volumes: two containers of a slot at once would share its data. */
  hasVolumes: boolean;
}

/** A volume that is on one node only. */
export interface VolumePin {
  volume: string;
  nodeId: string;
}

export interface VolumeShare {
  volume: string;
  share: string;
  state: FileShareState;
  /** Of the node that keeps the share. */
  nodeId: string;
  machine: string | null;
}

export interface VolumeClaim {
  volume: string;
  /** The container that may still write to it; null when none can. */
  writer: VolumeWriter | null;
}

export interface VolumeWriter {
  containerName: string;
  nodeName: string | null;
  /** Its node is lost, so that nobody knows whether it writes. */
  lost: boolean;
}

export interface RevisionView {
  number: number;
  demand: DemandView;
  /** By ordinal: what the volumes of that instance alone ask for. */
  instances: ReadonlyMap<number, InstanceDemand>;
}

export type InstanceDemand = Pick<DemandView, 'pins' | 'claims'>;

export interface ContainerView {
  id: string;
  /** Slot within the service, from 1; for every-node the slot is kept per node. */
  ordinal: number;
  revision: number;
  nodeId: string;
  desired: DesiredState;
  state: ContainerState;
  health: HealthState;
  incarnation: number;
  exitCode: number | null;
  message: string | null;
  createdAt: Date;
  /** When this incarnation began to run; null before. */
  startedAt: Date | null;
  finishedAt: Date | null;
  /** Made or started again by this deployment, if any: failures count against it. */
  deploymentId: string | null;
  /**
   * The incarnation an explicit start asked for; 0 when none did. While `incarnation` is below it, an ended
   * container is one that has still to be started, whatever its node's clock says.
   */
  startIncarnation: number;
  /** When the deciders counted it as failed, by the control plane's clock. Kept when it is removed later. */
  failedAt: Date | null;
  /** Removed because its process ended: its slot is done and is not filled again until a new deployment. */
  autodestroyed: boolean;
  /**
   * Its user stopped this one container: it keeps its slot and stays stopped while its service runs, until the user
   * starts it or the service, or a redeploy replaces it.
   */
  held: boolean;
  /** The node a rebalance wants it on; null: it may stay. */
  moveTo: string | null;
  pool: PoolState;
  /** Every living edge has put the last change of `pool` into force. */
  poolSettled: boolean;
  /** When `pool` was last changed; null before the first time. */
  poolChangedAt: Date | null;
}

export interface NodeView {
  id: string;
  name: string;
  state: NodeState;
  /** False while cordoned. */
  schedulable: boolean;
  draining: boolean;
  tags: string[];
  milliCpu: number;
  memoryBytes: number;
  maxContainers: number;
  /** Held by living containers of all tenants, this service's included. */
  usedMilliCpu: number;
  usedMemoryBytes: number;
  usedContainers: number;
  usedHostPorts: { hostPort: number; protocol: 'tcp' | 'udp' }[];
  /** Living containers of the service being placed. */
  serviceContainers: number;
  /** Failures of this service here in the last 5 minutes. */
  recentFailures: number;
  /** It has not caught up with the projects’ private networks. */
  networkBehind: boolean;
  /** Its kernel can mount NFS. */
  nfsClient: boolean;
  /** The same for nodes of one running kernel; null: unknown. */
  machine: string | null;
}

/** What is left to give in the project’s private network, for the service being decided. */
export interface AddressView {
  /** Addresses that nobody holds. */
  free: number;
  /** Slots that have an address already. */
  held: readonly number[];
  /** Why a slot that would need another one gets none. */
  sentence: string;
}

export interface DeploymentView {
  id: string;
  kind: DeploymentKind;
  state: DeploymentState;
  fromRevision: number | null;
  toRevision: number;
  startedAt: Date;
  /** Last time a slot was replaced: `rollout.delayMs` counts from here. */
  lastProgressAt: Date | null;
  /** When everything first looked complete; the monitor time counts from here. */
  completeSince: Date | null;
  /** Set when the rollout turned back, so that a rollback is never rolled back. */
  rollingBack: boolean;
  /** The end of patience; moved on by a plan with every further slot that comes up. */
  deadlineAt: Date;
  /** The most slots that were ever seen up in this direction: more than that is progress. 0 at the start. */
  progressSlots: number;
}

export interface ServiceSnapshot {
  now: Date;
  service: ServiceView;
  /** Of every container below, of the service and of both ends of the deployment. */
  revisions: RevisionView[];
  /**
   * All whose removal has not been observed. Of the removed ones: those that failed within the last hour or
   * belong to the deployment, and an autodestroyed one for as long as it is the newest of its slot.
   */
  containers: ContainerView[];
  /** The newest one; one that has ended counts as none. */
  deployment: DeploymentView | null;
  /** All nodes the service may use and all that hold a container of it; one that is absent counts as lost. */
  nodes: NodeView[];
  /** Looked at only when addresses have run out; absent: there are enough. */
  addresses?: AddressView | null;
}

export interface PlannedCreate {
  ordinal: number;
  revision: number;
  nodeId: string;
  /** To be written on the container; null outside a deployment. */
  deploymentId: string | null;
}

export interface PlannedChange {
  containerId: string;
  desired: DesiredState;
  /** A sentence for the audit trail. */
  reason: string;
  /** With a start of an existing container: what to write to its `startIncarnation`; null leaves it. */
  startIncarnation: number | null;
  /** With a start: the deployment it now belongs to; null leaves it. */
  deploymentId: string | null;
  /** To be written to the container's `failedAt`; null leaves it. */
  failedAt: Date | null;
  /** To be written to the container when true. */
  autodestroyed: boolean;
  /** It cannot go where a rebalance wants it: to be forgotten when true. */
  staysPut: boolean;
  /** To be written to the container's `pool`; null leaves it. */
  pool: PoolState | null;
}

export interface Refusal {
  ordinal: number;
  /** `never`: no node can take it as the cluster stands (tags, ports); `not-now`: capacity may free up. */
  kind: 'never' | 'not-now';
  sentence: string;
}

export interface DeploymentChange {
  id: string;
  state: DeploymentState;
  /** Why it is in this state; null leaves what was written before. */
  message: string | null;
  lastProgressAt: Date | null;
  completeSince: Date | null;
  rollingBack: boolean;
  deadlineAt: Date;
  progressSlots: number;
  /** The revision the service serves from now on, when a rollback moved it. */
  serviceRevision: number | null;
}

export interface ServicePlan {
  create: PlannedCreate[];
  change: PlannedChange[];
  refusals: Refusal[];
  /** Null when the deployment needs no write. */
  deployment: DeploymentChange | null;
  /** The service's state after this plan, from what is observed now. */
  state: ServiceState;
  /** All containers run the current revision at the wanted number. */
  synchronized: boolean;
  /** Look again then even when nothing is reported; null when only a report can change anything. */
  lookAgainAt: Date | null;
}
