import { DomainError } from '#libs/domain/error.js';
import { noTenant } from '../tenancy/context-for.js';
import type { Transaction } from '../unit-of-work/unit-of-work.port.js';
import type { ClusterNode, NodeClusterRecord, NodeRecord } from './node.repository.port.js';

type Cluster = NodeClusterRecord & { nodes: ClusterNode[] };

/** A host that is to go back to the pool is given this long to have its containers moved elsewhere. */
export const releaseGraceMs = 120_000;

/**
 * Brings a cluster of the operator's pool to its target inside the caller's transaction, which holds the cluster's
 * row: claims what is missing, all or nothing, or begins to empty what is too much. Idempotent.
 */
export async function fitHosts(tx: Transaction, cluster: Cluster, now: Date): Promise<void> {
  const { targetNodes, organizationId } = cluster;
  if (targetNodes === null || organizationId === null) return;
  const staying = cluster.nodes.filter((node) => !node.releasing);
  if (staying.length < targetNodes) await claim(tx, cluster, targetNodes - staying.length);
  // The youngest go first: those longest there are the likeliest to hold data.
  const leaving = staying.slice(targetNodes);
  for (const { id } of leaving) await change(tx, id, (node) => startRelease(node, now));
  await tx.outbox.add([`node-cluster:${cluster.id}`, ...leaving.map(({ id }) => `node:${id}` as const)]);
}

async function claim(tx: Transaction, cluster: NodeClusterRecord, wanted: number): Promise<void> {
  const claimed = await tx.nodes.claim(cluster, wanted);
  if (claimed.length < wanted) {
    const { region, nodeType } = cluster.pool ?? { region: '', nodeType: '' };
    throw new DomainError(
      'unavailable',
      `${wanted} more hosts of type "${nodeType}" in region "${region}" are needed and ${claimed.length} are free; ask for fewer, choose another kind, or try later.`,
    );
  }
  if (cluster.organizationId) await tx.quotas.take(cluster.organizationId, noTenant, { nodes: claimed.length });
  await tx.events.append(claimed.map((id) => nodeEvent(id, cluster, 'create', 'ready')));
  await tx.outbox.add(claimed.map((id) => `node:${id}` as const));
}

function startRelease(node: NodeRecord, now: Date): void {
  node.releasingSince = now;
  node.schedulable = false;
  node.draining = true;
}

/** Gives back every host that is empty by now. What found no other place in time is removed. */
export async function finishReleases(tx: Transaction, cluster: Cluster, now: Date): Promise<number> {
  let left = 0;
  for (const { id, releasing } of cluster.nodes) {
    if (!releasing) continue;
    const node = await tx.nodes.get(id);
    if (!node) continue;
    if (node.containers > 0) {
      left += 1;
      if (now.getTime() - (node.releasingSince?.getTime() ?? 0) > releaseGraceMs) await evict(tx, id);
      continue;
    }
    await change(tx, id, giveBack);
    if (cluster.organizationId) await tx.quotas.take(cluster.organizationId, noTenant, { nodes: -1 });
    await tx.events.append([nodeEvent(id, cluster, 'delete', 'removed')]);
  }
  return left;
}

/** The host may serve another organization next, so nothing of this one may go on there; its agent says when it is gone. */
async function evict(tx: Transaction, nodeId: string): Promise<void> {
  const kept = await tx.reconcile.keptOnNode(nodeId);
  if (!kept.length) return;
  for (const { id, serviceId } of kept) {
    // What a service holds of a quota it holds as a whole.
    const container = serviceId === null ? await tx.containers.lockAny(id) : null;
    if (!container) continue;
    const { organizationId, projectId, memoryBytes, milliCpu } = container;
    const held = { containers: -1, memoryBytes: -memoryBytes, milliCpu: -milliCpu };
    await tx.quotas.take(organizationId, projectId, held);
  }
  await tx.containers.desire(kept.map(({ id }) => ({ id, desired: 'removed' as const })));
  await tx.outbox.add(await tx.reconcile.keysOnNode(nodeId));
}

function giveBack(node: NodeRecord): void {
  Object.assign(node, { organizationId: null, nodeClusterId: null, releasingSince: null, tags: [] });
  Object.assign(node, { schedulable: true, draining: false });
}

async function change(tx: Transaction, id: string, edit: (node: NodeRecord) => void): Promise<void> {
  const node = await tx.nodes.lock(id);
  if (!node) return;
  edit(node);
  await tx.nodes.update(node);
}

const nodeEvent = (id: string, cluster: NodeClusterRecord, verb: 'create' | 'delete', state: string) => ({
  organizationId: cluster.organizationId,
  projectId: null,
  type: 'node' as const,
  verb,
  resourceId: id,
  state,
  parents: [{ type: 'node-cluster' as const, id: cluster.id }],
});
