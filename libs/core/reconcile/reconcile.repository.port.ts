import type { NodeSign } from '#libs/control/recover/node.decide.js';
import type { NodeState } from '#libs/domain/node/state.js';
import type { ReconcileKey } from '../outbox/outbox.port.js';

export interface EdgeVersion {
  nodeId: string;
  /** It has put into force everything of the project that was committed before this transaction; 0 before it has. */
  version: number;
}

/** What only reconcilers ask of the store. Runs on the platform role. */
export interface ReconcileRepository {
  /** Nodes on which living containers of these services are, by service. */
  nodesOfServices(serviceIds: string[]): Promise<Map<string, { serviceName: string; nodeIds: string[] }>>;
  /** Of these nodes (whose rows the caller holds), those that now carry more than they have. */
  overcommitted(nodeIds: string[]): Promise<string[]>;
  /** The living edges that serve the organization's routes, with how far each is with the project. */
  edgeVersions(organizationId: string, projectId: string): Promise<EdgeVersion[]>;
  /** Keys of everything with containers on the node. */
  keysOnNode(nodeId: string): Promise<ReconcileKey[]>;
  /** What the node has and is not told to remove yet. */
  keptOnNode(nodeId: string): Promise<{ id: string; serviceId: string | null }[]>;
  /** Keys of started services that may gain from a node of this organization (null: of the shared pool): those that wait and those on every node. */
  keysWaitingForNodes(organizationId: string | null): Promise<ReconcileKey[]>;
  /** Keys of services whose reconciler wanted to look again by now. */
  dueKeys(now: Date): Promise<ReconcileKey[]>;
  /** Keys of everything that is not settled: open deployments and actions, what is on its way somewhere. */
  unsettledKeys(): Promise<ReconcileKey[]>;
  /** Keys of everything that lives, in pages by id. */
  allKeys(after: string | null, limit: number): Promise<{ keys: ReconcileKey[]; next: string | null }>;
  nodeSigns(): Promise<NodeSign[]>;
  /** Moves a node unless it was heard after `silentSince`; false when it was, or another process moved it first. */
  moveNode(nodeId: string, from: NodeState, to: NodeState, message: string, silentSince: Date): Promise<boolean>;
  /** Takes a lost node's living containers for lost. */
  loseContainers(nodeId: string): Promise<void>;
  /** Takes up to `limit` keys out of the outbox; they are gone when the transaction commits. */
  claimOutbox(limit: number): Promise<ReconcileKey[]>;
  /** Deletes what has ended before the given time: removed containers, terminated services and stacks, old actions. */
  prune(before: Date): Promise<number>;
}
