import type { BalancedContainer, BalancedService, RebalanceSnapshot } from '#libs/control/rebalance/plan-rebalance.js';
import type { ServiceView } from '#libs/control/snapshot.js';
import { demandOf } from '../reconcile/service-snapshot.js';
import { noTenant } from '../tenancy/context-for.js';
import type { Transaction } from '../unit-of-work/unit-of-work.port.js';
import type { BalancedRecord, RebalanceScope } from './rebalance.repository.port.js';

export interface LoadedRebalance {
  snapshot: RebalanceSnapshot;
  records: BalancedRecord[];
}

/** What a plan is made from. `organizationId` null: nodes of the shared pool only. */
export async function loadRebalance(
  tx: Transaction,
  scope: RebalanceScope,
  organizationId: string | null,
): Promise<LoadedRebalance> {
  const records = await tx.rebalance.containers(scope);
  const nodes = await tx.nodes.candidates(organizationId ?? noTenant, null);
  const ofCluster = scope.kind === 'node-cluster' ? await nodesOfCluster(tx, scope.id) : null;
  return {
    records,
    snapshot: { nodes: nodes.filter((node) => ofCluster?.has(node.id) ?? true), services: servicesOf(records) },
  };
}

async function nodesOfCluster(tx: Transaction, id: string): Promise<Set<string>> {
  const { rows } = await tx.nodes.clusters({ ids: [id], limit: 1, offset: 0 });
  return new Set(rows.flatMap((cluster) => cluster.nodes.map((node) => node.id)));
}

function servicesOf(records: readonly BalancedRecord[]): BalancedService[] {
  const services = new Map<string, BalancedService>();
  for (const record of records) {
    const known = services.get(record.serviceId) ?? { service: toService(record), containers: [] };
    known.containers.push(toContainer(record));
    services.set(record.serviceId, known);
  }
  return [...services.values()];
}

function toService({ serviceId, serviceName, intent, spec }: BalancedRecord): ServiceView {
  const { placement, restart, rollout, autodestroy, sequential, replicas } = spec;
  return {
    ...{ id: serviceId, name: serviceName, intent, replicas, revision: 1, colocateWith: [], routing: null },
    ...{ placement, restart, rollout, autodestroy, sequential },
  };
}

const toContainer = (record: BalancedRecord): BalancedContainer => ({
  id: record.id,
  name: record.name,
  nodeId: record.nodeId,
  demand: demandOf(record.spec, []),
  stays: whyStays(record),
});

/** Why a container is not moved, as a sentence; null when it may be. What has data stays where its data is. */
export function whyStays(record: BalancedRecord): string | null {
  const { spec, state, health } = record;
  if (spec.template.mounts.length > 0) return 'It has volumes.';
  if (spec.volumesFrom.length > 0) return 'It uses the volumes of another service.';
  if (record.lendsVolumes) return 'Another service uses its volumes.';
  if (spec.placement.strategy === 'every-node') return 'Its service runs on every node.';
  if (record.moveTo !== null) return 'It is being moved already.';
  if (record.deploying) return 'A deployment of its service is under way.';
  if (record.intent !== 'running' || record.held || state !== 'running') return 'It does not run.';
  if (spec.template.healthCheck !== null && health !== 'healthy') return 'It is not healthy.';
  return record.inSlot > 1 ? 'It is being replaced.' : null;
}
