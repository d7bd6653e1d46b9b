import type { NodeState } from '#libs/domain/node/state.js';
import type { NodeView } from '#libs/control/snapshot.js';

export interface NodeRecord {
  id: string;
  /** Null: of the shared pool. */
  organizationId: string | null;
  nodeClusterId: string | null;
  name: string;
  state: NodeState;
  stateMessage: string | null;
  schedulable: boolean;
  draining: boolean;
  tags: string[];
  labels: Record<string, string>;
  milliCpu: number;
  memoryBytes: number;
  diskBytes: number;
  maxContainers: number;
  engineKind: string | null;
  engineVersion: string | null;
  agentVersion: string | null;
  address: string | null;
  /** What it does beside running containers. */
  roles: string[];
  /** It makes the projects’ networks span nodes. */
  overlay: boolean;
  underlayAddress: string | null;
  /** Its networks have waited for it since then; null: they do not. */
  networkBehindSince: Date | null;
  /** What it could not do of them. */
  networkProblems: string[];
  /** Kept ready for node clusters; a tenant's only while one has claimed it. */
  claimable: boolean;
  /** Since when it is emptied to go back to the pool; null: it is not. */
  releasingSince: Date | null;
  certificateExpiresAt: Date | null;
  revokedAt: Date | null;
  lastSeenAt: Date | null;
  assignmentGeneration: number;
  appliedGeneration: number;
  createdAt: Date;
  removedAt: Date | null;
  rowVersion: number;
}

export interface NodeDetails extends NodeRecord {
  clusterName: string | null;
  clusterTags: string[];
  containers: number;
  /** Its latest self-test of the way to other nodes, of those that can be seen. */
  probes: { nodeId: string; nodeName: string; reachable: boolean; roundTripMs: number | null; at: Date }[];
}

export interface NodeClusterRecord {
  id: string;
  organizationId: string | null;
  name: string;
  /** A name for people; null: its own. */
  displayName: string | null;
  tags: string[];
  /** Where in the operator's pool its hosts come from; null: its owner brings them. */
  pool: HostKind | null;
  /** How many hosts of the pool it is to have; null without one. */
  targetNodes: number | null;
  deployedAt: Date | null;
  terminating: boolean;
  /** Of the change under way. */
  actionId: string | null;
  createdAt: Date;
  removedAt: Date | null;
  rowVersion: number;
}

/** What hosts of the pool are told apart by: their labels `region` and `type`. */
export interface HostKind {
  region: string;
  nodeType: string;
}

/** One kind of hosts in one zone, and how many nobody has claimed. */
export interface HostOffer extends HostKind {
  /** Label `zone`; null without one. */
  zone: string | null;
  free: number;
}

export interface ClusterNode {
  id: string;
  state: NodeState;
  releasing: boolean;
}

export interface NodeFilter {
  ids?: string[];
  idPrefix?: string;
  name?: string;
  clusterId?: string;
  states?: NodeState[];
  /** Of the pool, true; brought by their owners, false. */
  claimable?: boolean;
  region?: string;
  nodeType?: string;
  engineVersion?: string;
  /** Also those that were removed within the last hour. */
  includeRemoved?: boolean;
  limit: number;
  offset: number;
}

/** A tag that a node carries; `automatic` ones follow from the cluster it is in. */
export interface NodeTag {
  name: string;
  origin: 'user' | 'automatic';
}

/** A tenant sees its organization's nodes and the shared pool's; the operator sees all. */
export interface NodeRepository {
  get(id: string): Promise<NodeDetails | null>;
  lock(id: string): Promise<NodeRecord | null>;
  details(filter: NodeFilter): Promise<{ rows: NodeDetails[]; total: number }>;
  /** Writes name, state, schedulable, draining, tags, organization, cluster, claimable, releasingSince, revokedAt, removedAt; `stale` on another version. */
  update(node: NodeRecord): Promise<number>;
  /** Nodes an organization's containers may be placed on, with what is used, for the scheduler. */
  /** The same nodes without what is used on them (all zero): enough while nothing has to be placed. */
  states(organizationId: string): Promise<NodeView[]>;
  candidates(organizationId: string, serviceId: string | null): Promise<NodeView[]>;
  clusters(filter: {
    ids?: string[];
    idPrefix?: string;
    name?: string;
    claimable?: boolean;
    region?: string;
    nodeType?: string;
    includeRemoved?: boolean;
    limit: number;
    offset: number;
  }): Promise<{ rows: (NodeClusterRecord & { nodes: ClusterNode[] })[]; total: number }>;
  /** Of all nodes that can be seen, each once, by name. */
  tags(): Promise<NodeTag[]>;
  /** Kinds of hosts that the operator keeps for clusters, whether or not any is free. Sees all organizations. */
  offers(): Promise<HostOffer[]>;
  /**
   * Claims up to `count` ready hosts that nobody has, spread over their zones; the caller checks how many it got.
   * Two callers never get the same one.
   */
  claim(cluster: NodeClusterRecord, count: number): Promise<string[]>;
  lockCluster(id: string): Promise<(NodeClusterRecord & { nodes: ClusterNode[] }) | null>;
  insertCluster(cluster: NodeClusterRecord): Promise<void>;
  updateCluster(cluster: NodeClusterRecord): Promise<number>;
}
