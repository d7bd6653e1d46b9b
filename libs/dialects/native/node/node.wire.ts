import { z } from 'zod';
import type { NodeDetails } from '#libs/core/node/node.repository.port.js';
import type { NodeClusterDetails } from '#libs/core/node/node-cluster.service.js';
import { nodeClusterStates } from '#libs/domain/node/cluster-state.js';
import { nodeStates } from '#libs/domain/node/state.js';
import { pageQuery } from '../wire/page.wire.js';

const name = z.string().min(1).max(63);
const tags = z.array(z.string()).max(64);

export const nodeQuery = pageQuery.extend({
  organization: z.string().optional(),
  name: z.string().optional(),
  cluster: z.uuid().optional(),
  state: z.enum(nodeStates).optional(),
});
export const nodePatchBody = z.strictObject({
  name: name.optional(),
  tags: tags.optional(),
  nodeClusterId: z.uuid().nullable().optional(),
  /** Kept for node clusters to claim; the operator's to say. */
  claimable: z.boolean().optional(),
});
export const nodeRemovalQuery = z.strictObject({
  organization: z.string().optional(),
  force: z.stringbool().default(false),
});
export const newNodeClusterBody = z.strictObject({
  name,
  tags: tags.default([]),
  /** Of the shared pool; only the operator may. */
  shared: z.boolean().optional(),
  /** Of hosts that the operator keeps: their kind, and how many; `deploy` claims them. */
  pool: z
    .strictObject({ region: z.string().min(1), nodeType: z.string().min(1), targetNodes: z.int().min(0).max(10_000) })
    .optional(),
});
export const nodeClusterPatchBody = z.strictObject({
  name: name.optional(),
  tags: tags.optional(),
  /** Of a cluster of the operator's hosts: claims more of them, or gives some back. */
  targetNodes: z.int().min(0).max(10_000).optional(),
});
export const nodeClusterQuery = pageQuery.extend({
  organization: z.string().optional(),
  name: z.string().optional(),
});

export const nodeAnswer = z.object({
  id: z.uuid(),
  name: z.string(),
  /** Null: of the shared pool. */
  organizationId: z.uuid().nullable(),
  nodeCluster: z.object({ id: z.uuid(), name: z.string(), resourceUri: z.string() }).nullable(),
  state: z.enum(nodeStates),
  stateMessage: z.string().nullable(),
  schedulable: z.boolean(),
  draining: z.boolean(),
  /** Kept by the operator for node clusters to claim. */
  claimable: z.boolean(),
  /** Being emptied to go back to the pool. */
  releasing: z.boolean(),
  tags: z.array(z.string()),
  labels: z.record(z.string(), z.string()),
  capacity: z.object({
    milliCpu: z.number(),
    memoryBytes: z.number(),
    diskBytes: z.number(),
    maxContainers: z.number(),
  }),
  containers: z.number(),
  engine: z.object({ kind: z.string().nullable(), version: z.string().nullable() }),
  agentVersion: z.string().nullable(),
  address: z.string().nullable(),
  /** What it does beside running containers. */
  roles: z.array(z.string()),
  network: z.object({
    /** Projects’ networks span this node. */
    overlay: z.boolean(),
    /** Where other nodes’ packets for it go. */
    underlayAddress: z.string().nullable(),
    upToDate: z.boolean(),
    behindSince: z.iso.datetime().nullable(),
    problems: z.array(z.string()),
    probes: z.array(
      z.object({
        node: z.object({ id: z.uuid(), name: z.string(), resourceUri: z.string() }),
        reachable: z.boolean(),
        roundTripMs: z.number().nullable(),
        at: z.iso.datetime(),
      }),
    ),
  }),
  certificateExpiresAt: z.iso.datetime().nullable(),
  lastSeenAt: z.iso.datetime().nullable(),
  createdAt: z.iso.datetime(),
  resourceUri: z.string(),
});

export const toNode = (node: NodeDetails): z.infer<typeof nodeAnswer> => ({
  id: node.id,
  name: node.name,
  organizationId: node.organizationId,
  nodeCluster:
    node.nodeClusterId === null
      ? null
      : { id: node.nodeClusterId, name: node.clusterName ?? '', resourceUri: clusterUri(node.nodeClusterId) },
  state: node.state,
  stateMessage: node.stateMessage,
  schedulable: node.schedulable,
  draining: node.draining,
  claimable: node.claimable,
  releasing: node.releasingSince !== null,
  tags: node.tags,
  labels: node.labels,
  capacity: {
    milliCpu: node.milliCpu,
    memoryBytes: node.memoryBytes,
    diskBytes: node.diskBytes,
    maxContainers: node.maxContainers,
  },
  containers: node.containers,
  engine: { kind: node.engineKind, version: node.engineVersion },
  agentVersion: node.agentVersion,
  address: node.address,
  roles: node.roles,
  network: toNodeNetwork(node),
  certificateExpiresAt: node.certificateExpiresAt?.toISOString() ?? null,
  lastSeenAt: node.lastSeenAt?.toISOString() ?? null,
  createdAt: node.createdAt.toISOString(),
  resourceUri: `/api/v1/nodes/${node.id}`,
});

const toNodeNetwork = (node: NodeDetails): z.infer<typeof nodeAnswer>['network'] => ({
  overlay: node.overlay,
  underlayAddress: node.underlayAddress,
  upToDate: node.networkBehindSince === null,
  behindSince: node.networkBehindSince?.toISOString() ?? null,
  problems: node.networkProblems,
  probes: node.probes.map(({ nodeId, nodeName, reachable, roundTripMs, at }) => ({
    node: { id: nodeId, name: nodeName, resourceUri: `/api/v1/nodes/${nodeId}` },
    reachable,
    roundTripMs,
    at: at.toISOString(),
  })),
});

const clusterUri = (id: string) => `/api/v1/node-clusters/${id}`;

export const hostOffersAnswer = z.object({
  items: z.array(z.object({ region: z.string(), nodeType: z.string(), zone: z.string().nullable(), free: z.number() })),
});

export const nodeClusterAnswer = z.object({
  id: z.uuid(),
  name: z.string(),
  organizationId: z.uuid().nullable(),
  tags: z.array(z.string()),
  state: z.enum(nodeClusterStates),
  /** Null: of hosts that their owner brings. */
  pool: z.object({ region: z.string(), nodeType: z.string(), targetNodes: z.number() }).nullable(),
  nodes: z.array(z.string()),
  createdAt: z.iso.datetime(),
  resourceUri: z.string(),
});

export const toNodeCluster = (cluster: NodeClusterDetails): z.infer<typeof nodeClusterAnswer> => ({
  id: cluster.id,
  name: cluster.name,
  organizationId: cluster.organizationId,
  tags: cluster.tags,
  state: cluster.state,
  pool: cluster.pool && { ...cluster.pool, targetNodes: cluster.targetNodes ?? 0 },
  nodes: cluster.nodes.map(({ id }) => `/api/v1/nodes/${id}`),
  createdAt: cluster.createdAt.toISOString(),
  resourceUri: clusterUri(cluster.id),
});
