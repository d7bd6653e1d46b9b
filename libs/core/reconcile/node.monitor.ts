import { decideNodes, type NodeTimers } from '#libs/control/recover/node.decide.js';
import { Clock } from '#libs/platform/clock.js';
import type { Log } from '#libs/platform/log.js';
import { UnitOfWork, type Transaction } from '../unit-of-work/unit-of-work.port.js';

/**
 * Turns silence into node states. Any number of monitors may run at once: a move is written only from the state it
 * was decided on, and only while the node is still silent.
 */
export class NodeMonitor {
  private watchingSince: Date | null = null;
  private lastBrake: string | null = null;

  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
    private readonly timers: NodeTimers,
    private readonly log: Log,
  ) {}

  async look(): Promise<Date | null> {
    try {
      return await this.once();
    } catch (error) {
      // Blind for a while: what nodes did meanwhile is not theirs to answer for.
      this.watchingSince = null;
      throw error;
    }
  }

  private async once(): Promise<Date | null> {
    const nodes = await this.work.platformRead((tx) => tx.reconcile.nodeSigns());
    const now = this.clock.now();
    this.watchingSince ??= now;
    let plan = decideNodes({ now, timers: this.timers, nodes, watchingSince: this.watchingSince });
    if (this.lastBrake && !plan.brake) {
      // The first nodes to return after an outage of all must not condemn those that need a moment longer.
      this.watchingSince = now;
      plan = decideNodes({ now, timers: this.timers, nodes, watchingSince: now });
    }
    if (plan.brake && plan.brake !== this.lastBrake) this.log.error({ brake: true }, plan.brake);
    this.lastBrake = plan.brake;
    for (const change of plan.change) {
      const node = nodes.find((one) => one.id === change.nodeId);
      if (!node?.lastSeenAt) continue;
      const { state, lastSeenAt } = node;
      await this.work.platform((tx) => this.move(tx, change, state, lastSeenAt));
    }
    return plan.lookAgainAt;
  }

  private async move(
    tx: Transaction,
    change: { nodeId: string; state: Parameters<Transaction['reconcile']['moveNode']>[2]; reason: string },
    from: Parameters<Transaction['reconcile']['moveNode']>[1],
    seen: Date,
  ) {
    if (!(await tx.reconcile.moveNode(change.nodeId, from, change.state, change.reason, seen))) return;
    this.log.info({ node: change.nodeId, from, to: change.state }, change.reason);
    if (change.state === 'lost') await tx.reconcile.loseContainers(change.nodeId);
    const node = await tx.nodes.get(change.nodeId);
    await tx.events.append([
      {
        organizationId: node?.organizationId ?? null,
        projectId: null,
        type: 'node',
        verb: 'update',
        resourceId: change.nodeId,
        state: change.state,
        parents: node?.nodeClusterId ? [{ type: 'node-cluster', id: node.nodeClusterId }] : [],
      },
    ]);
    if (change.state !== 'suspect') await tx.outbox.add([`node:${change.nodeId}`]);
  }
}
