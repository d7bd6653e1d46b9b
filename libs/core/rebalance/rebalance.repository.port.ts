import type { ContainerState, HealthState } from '#libs/domain/container/state.js';
import type { ServiceIntent } from '#libs/domain/service/state.js';
import type { ServiceSpec } from '#libs/domain/service/spec.js';

/** What is evened out: the containers of a project on any node, or everybody's on the nodes of a cluster. */
export interface RebalanceScope {
  kind: 'project' | 'node-cluster';
  id: string;
}

/** A living container of a service, with what decides whether it may be moved. */
export interface BalancedRecord {
  id: string;
  name: string;
  nodeId: string;
  ordinal: number;
  state: ContainerState;
  health: HealthState;
  held: boolean;
  moveTo: string | null;
  serviceId: string;
  serviceName: string;
  stackId: string | null;
  intent: ServiceIntent;
  /** Of its own revision. */
  spec: ServiceSpec;
  deploying: boolean;
  /** Containers in its slot, itself included. */
  inSlot: number;
  /** Another service uses its volumes. */
  lendsVolumes: boolean;
}

export interface DueRebalance {
  scope: RebalanceScope;
  /** Null: of the shared pool. */
  organizationId: string | null;
  movesPerMinute: number;
}

/** Of the platform's role: what stands on shared nodes is everybody's. */
export interface RebalanceRepository {
  containers(scope: RebalanceScope): Promise<BalancedRecord[]>;
  /** Only what still runs and is not on its way already; returns what was marked. */
  move(moves: readonly { containerId: string; toNodeId: string }[]): Promise<{ id: string; generation: number }[]>;
  /** Null when there is no such project or cluster. */
  movesPerMinute(scope: RebalanceScope): Promise<number | null>;
  setMovesPerMinute(scope: RebalanceScope, moves: number): Promise<void>;
  /** Those whose minute is over; each is given to one caller only, who has it for the next minute. */
  claimDue(now: Date, limit: number): Promise<DueRebalance[]>;
}
