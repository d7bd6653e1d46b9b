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
}

export interface NodeClusterRecord {
  id: string;
  organizationId: string | null;
  name: string;
  tags: string[];
  createdAt: Date;
  removedAt: Date | null;
  rowVersion: number;
}

export interface NodeFilter {
  ids?: string[];
  idPrefix?: string;
  name?: string;
  clusterId?: string;
  states?: NodeState[];
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
  /** Writes name, state, schedulable, draining, tags, cluster, revokedAt, removedAt; `stale` on another version. */
  update(node: NodeRecord): Promise<number>;
  /** Nodes an organization's containers may be placed on, with what is used, for the scheduler. */
  /** The same nodes without what is used on them (all zero): enough while nothing has to be placed. */
  states(organizationId: string): Promise<NodeView[]>;
  candidates(organizationId: string, serviceId: string | null): Promise<NodeView[]>;
  clusters(filter: {
    ids?: string[];
    idPrefix?: string;
    name?: string;
    limit: number;
    offset: number;
  }): Promise<{ rows: (NodeClusterRecord & { nodeIds: string[] })[]; total: number }>;
  /** Of all nodes that can be seen, each once, by name. */
  tags(): Promise<NodeTag[]>;
  insertCluster(cluster: NodeClusterRecord): Promise<void>;
  updateCluster(cluster: NodeClusterRecord): Promise<number>;
}
