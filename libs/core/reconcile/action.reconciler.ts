import { Clock } from '#libs/platform/clock.js';
import { UnitOfWork } from '../unit-of-work/unit-of-work.port.js';
import { end, settleDeployments } from './action-settler.js';
import type { Reconciler } from './reconciler.js';
import { settleStack } from './stack.reconciler.js';

/** Ends actions: those whose deployments are over, and those whose time is up. */
export class ActionReconciler implements Reconciler {
  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  async reconcile(actionId: string): Promise<Date | null> {
    await this.work.platform(async (tx) => {
      const now = this.clock.now();
      const action = await tx.actions.get(actionId);
      if (!action || action.endedAt) return;
      // The stack shows its new state no later than its action shows the end.
      if (action.stackId) await settleStack(tx, action.stackId, now);
      await settleDeployments(tx, actionId, now);
      const after = await tx.actions.get(actionId);
      if (after && !after.endedAt && after.deadlineAt && after.deadlineAt < now) {
        await end(
          tx,
          after,
          'failed',
          'It did not end in time. What it began goes on; look at the resource’s state.',
          now,
        );
      }
    });
    return null;
  }
}
