import { planRebalance } from '#libs/control/rebalance/plan-rebalance.js';
import { Clock } from '#libs/platform/clock.js';
import type { Log } from '#libs/platform/log.js';
import { UnitOfWork } from '../unit-of-work/unit-of-work.port.js';
import type { DueRebalance } from './rebalance.repository.port.js';
import { loadRebalance } from './rebalance.snapshot.js';
import { beginMoves } from './rebalance.service.js';

const atOnce = 20;

/** Moves containers of projects and clusters that opted in, as many a minute as they said. Any number may run at once. */
export class RebalanceRunner {
  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  async look(): Promise<void> {
    const due = await this.work.platform((tx) => tx.rebalance.claimDue(this.clock.now(), atOnce));
    for (const one of due) await this.run(one);
  }

  private async run({ scope, organizationId, movesPerMinute }: DueRebalance): Promise<void> {
    const begun = await this.work.platform(async (tx) => {
      const { snapshot, records } = await loadRebalance(tx, scope, organizationId);
      // What was begun before and has not come to its end yet is of this minute too.
      const budget = movesPerMinute - records.filter((record) => record.moveTo !== null).length;
      const { moves } = planRebalance(snapshot, Math.max(0, budget));
      await beginMoves(tx, moves);
      return moves;
    });
    for (const { reason } of begun) this.log.info({ [scope.kind]: scope.id }, reason);
  }
}
