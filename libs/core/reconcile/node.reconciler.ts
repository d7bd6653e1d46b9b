import { UnitOfWork } from '../unit-of-work/unit-of-work.port.js';
import type { Reconciler } from './reconciler.js';

/** A node changed: whatever is on it, and whatever may want to be, is looked at again. */
export class NodeReconciler implements Reconciler {
  constructor(private readonly work: UnitOfWork) {}

  async reconcile(nodeId: string): Promise<Date | null> {
    await this.work.platform(async (tx) => {
      // Also of a node that was removed: its shares say so.
      const shares = await tx.fileShares.keysOnNode(nodeId);
      await tx.outbox.add(shares);
      const node = await tx.nodes.get(nodeId);
      if (!node) return;
      const keys = await tx.reconcile.keysOnNode(nodeId);
      const waiting = await tx.reconcile.keysWaitingForNodes(node.organizationId);
      await tx.outbox.add([...keys, ...waiting]);
    });
    return null;
  }
}
