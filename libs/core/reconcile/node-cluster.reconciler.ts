import type { Clock } from '#libs/platform/clock.js';
import { finishReleases } from '../node/cluster-hosts.js';
import { clusterEvent, withState } from '../node/node-cluster.service.js';
import { UnitOfWork } from '../unit-of-work/unit-of-work.port.js';
import { end } from './action-settler.js';
import type { Reconciler } from './reconciler.js';

/** While a host is being emptied, looked at this often. */
const againMs = 1_000;

/** Hands hosts that are empty back to the operator's pool, and ends clusters that have none left. */
export class NodeClusterReconciler implements Reconciler {
  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  async reconcile(clusterId: string): Promise<Date | null> {
    const now = this.clock.now();
    return this.work.platform(async (tx) => {
      const cluster = await tx.nodes.lockCluster(clusterId);
      if (!cluster) return null;
      if ((await finishReleases(tx, cluster, now)) > 0) return new Date(now.getTime() + againMs);
      if (!cluster.actionId && !cluster.terminating) return null;
      const action = cluster.actionId ? await tx.actions.lock(cluster.actionId) : null;
      if (action && !action.endedAt) await end(tx, action, 'success', null, now);
      const settled = { ...cluster, actionId: null, removedAt: cluster.terminating ? now : null };
      await tx.nodes.updateCluster(settled);
      await tx.events.append([clusterEvent(withState(settled), cluster.terminating ? 'delete' : 'update')]);
      return null;
    });
  }
}
