import { judgeShare, type ShareVerdict } from '#libs/domain/file-share/state.js';
import { Clock } from '#libs/platform/clock.js';
import { end } from '../reconcile/action-settler.js';
import type { Reconciler } from '../reconcile/reconciler.js';
import { UnitOfWork, type Transaction } from '../unit-of-work/unit-of-work.port.js';
import { fileShareEvent } from './file-share.event.js';
import type { FileShareRecord } from './file-share.repository.port.js';

/** Turns what a share’s node said, and how that node is, into the share’s state; ends the actions that wait for it. */
export class FileShareReconciler implements Reconciler {
  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  async reconcile(shareId: string): Promise<Date | null> {
    await this.work.platform(async (tx) => {
      const scene = await tx.fileShares.lockAny(shareId);
      if (!scene) return;
      const { share, nodeState } = scene;
      const verdict = judgeShare({ ...share, made: share.madeAt !== null, nodeState });
      const now = this.clock.now();
      await this.write(tx, share, verdict, now);
      await this.settle(tx, share, verdict, now);
    });
    return null;
  }

  private async write(tx: Transaction, share: FileShareRecord, verdict: ShareVerdict, now: Date): Promise<void> {
    if (verdict.gone) {
      await tx.fileShares.delete(share.id);
      await tx.events.append([fileShareEvent(share, 'delete')]);
      return;
    }
    const madeAt = share.madeAt ?? (verdict.state === 'ready' ? now : null);
    if (share.state === verdict.state && share.message === verdict.message && share.madeAt === madeAt) return;
    const moved = share.state !== verdict.state;
    Object.assign(share, { state: verdict.state, message: verdict.message, madeAt });
    await tx.fileShares.update(share);
    await tx.events.append([fileShareEvent(share, 'update')]);
    // What waits for a share that was not there looks again.
    if (moved) await tx.outbox.add(await tx.fileShares.keysOf(share.id));
  }

  private async settle(tx: Transaction, share: FileShareRecord, { state, message, gone }: ShareVerdict, now: Date) {
    const outcome: Record<string, 'success' | 'failed' | undefined> = {
      create: state === 'ready' ? 'success' : state === 'failed' || share.removed ? 'failed' : undefined,
      delete: gone ? 'success' : undefined,
    };
    if (!outcome.create && !outcome.delete) return;
    const filter = { resourceId: share.id, states: ['pending' as const], limit: 10, offset: 0 };
    const { rows } = await tx.actions.list(share.organizationId, share.projectId, filter);
    for (const action of rows) {
      const result = outcome[action.verb];
      const why = share.removed && action.verb === 'create' ? 'It was deleted before it was ready.' : message;
      if (result) await end(tx, action, result, result === 'failed' ? why : null, now);
    }
  }
}
