import type { ClusterNode, NodeClusterRecord, NodeDetails, NodeRecord } from '#libs/core/node/node.repository.port.js';

export interface NodeRow {
  id: string;
  organization_id: string | null;
  node_cluster_id: string | null;
  name: string;
  state: NodeRecord['state'];
  state_message: string | null;
  schedulable: boolean;
  draining: boolean;
  tags: string[];
  labels: Record<string, string>;
  milli_cpu: number;
  memory_bytes: number;
  disk_bytes: number;
  max_containers: number;
  engine_kind: string | null;
  engine_version: string | null;
  agent_version: string | null;
  address: string | null;
  roles: string[];
  overlay: boolean;
  underlay_address: string | null;
  network_behind_since: Date | null;
  network_problems: string[];
  claimable: boolean;
  releasing_since: Date | null;
  certificate_expires_at: Date | null;
  revoked_at: Date | null;
  last_seen_at: Date | null;
  assignment_generation: number;
  applied_generation: number;
  created_at: Date;
  removed_at: Date | null;
  row_version: number;
}

export const nodeColumns = [
  'id, organization_id, node_cluster_id, name, state, state_message, schedulable, draining, tags, labels, milli_cpu',
  'memory_bytes, disk_bytes, max_containers, engine_kind, engine_version, agent_version, address, roles, overlay, underlay_address',
  'network_behind_since, network_problems, claimable, releasing_since',
  'certificate_expires_at, revoked_at, last_seen_at, assignment_generation, applied_generation, created_at',
  'removed_at, row_version',
]
  .join(', ')
  .split(', ')
  .map((column) => `n.${column}`)
  .join(', ');

/** Lists show what was removed for an hour, where they are asked to. */
export const lives = (table: string, includeRemoved = false): string =>
  includeRemoved
    ? `(${table}.removed_at IS NULL OR ${table}.removed_at > now() - interval '1 hour')`
    : `${table}.removed_at IS NULL`;

export const toNode = (row: NodeRow): NodeRecord => ({
  id: row.id,
  organizationId: row.organization_id,
  nodeClusterId: row.node_cluster_id,
  name: row.name,
  state: row.state,
  stateMessage: row.state_message,
  schedulable: row.schedulable,
  draining: row.draining,
  tags: row.tags,
  labels: row.labels,
  milliCpu: row.milli_cpu,
  memoryBytes: row.memory_bytes,
  diskBytes: row.disk_bytes,
  maxContainers: row.max_containers,
  engineKind: row.engine_kind,
  engineVersion: row.engine_version,
  agentVersion: row.agent_version,
  address: row.address,
  roles: row.roles,
  overlay: row.overlay,
  underlayAddress: row.underlay_address,
  networkBehindSince: row.overlay ? row.network_behind_since : null,
  networkProblems: row.network_problems,
  claimable: row.claimable,
  releasingSince: row.releasing_since,
  certificateExpiresAt: row.certificate_expires_at,
  revokedAt: row.revoked_at,
  lastSeenAt: row.last_seen_at,
  assignmentGeneration: row.assignment_generation,
  appliedGeneration: row.applied_generation,
  createdAt: row.created_at,
  removedAt: row.removed_at,
  rowVersion: row.row_version,
});

export interface NodeDetailsRow extends NodeRow {
  cluster_name: string | null;
  cluster_tags: string[] | null;
  containers: number;
  probes: (Omit<NodeDetails['probes'][number], 'at'> & { at: string })[];
  total: number;
}

export const toNodeDetails = (row: NodeDetailsRow): NodeDetails => ({
  ...toNode(row),
  clusterName: row.cluster_name,
  clusterTags: row.cluster_tags ?? [],
  containers: row.containers,
  probes: row.probes.map((probe) => ({ ...probe, at: new Date(probe.at) })),
});

export interface NodeClusterRow {
  id: string;
  organization_id: string | null;
  name: string;
  display_name: string | null;
  tags: string[];
  region: string | null;
  node_type: string | null;
  target_nodes: number | null;
  deployed_at: Date | null;
  terminating: boolean;
  action_id: string | null;
  created_at: Date;
  removed_at: Date | null;
  row_version: number;
  nodes: ClusterNode[];
  total: number;
}

export const toNodeCluster = (row: NodeClusterRow): NodeClusterRecord & { nodes: ClusterNode[] } => ({
  id: row.id,
  organizationId: row.organization_id,
  name: row.name,
  displayName: row.display_name,
  tags: row.tags,
  pool: row.region === null || row.node_type === null ? null : { region: row.region, nodeType: row.node_type },
  targetNodes: row.target_nodes,
  deployedAt: row.deployed_at,
  terminating: row.terminating,
  actionId: row.action_id,
  createdAt: row.created_at,
  removedAt: row.removed_at,
  rowVersion: row.row_version,
  nodes: row.nodes,
});
