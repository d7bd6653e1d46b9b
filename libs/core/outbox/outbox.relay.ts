import type { Log } from '#libs/platform/log.js';
import { UnitOfWork } from '../unit-of-work/unit-of-work.port.js';
import { ReconcileQueue } from './outbox.port.js';

const batch = 500;

/**
 * Moves keys from the outbox to the queue. A key leaves the outbox only when the queue has it: if the relay dies
 * between the two, the key is queued twice, which is harmless.
 */
export class OutboxRelay {
  private moving: Promise<void> | null = null;
  private again = false;

  constructor(
    private readonly work: UnitOfWork,
    private readonly queue: ReconcileQueue,
    private readonly log: Log,
  ) {}

  /** Moves what is there now. Calls while it moves are answered by one more round. */
  kick(): Promise<void> {
    if (this.moving) {
      this.again = true;
      return this.moving;
    }
    this.moving = this.drain().finally(() => {
      this.moving = null;
      if (this.again) {
        this.again = false;
        void this.kick();
      }
    });
    return this.moving;
  }

  private async drain(): Promise<void> {
    try {
      for (;;) {
        const moved = await this.work.platform(async (tx) => {
          const keys = await tx.reconcile.claimOutbox(batch);
          await this.queue.enqueue(keys);
          return keys.length;
        });
        if (!moved) return;
      }
    } catch (error) {
      this.log.warn({ err: error }, 'the outbox waits: the database or the queue is away');
    }
  }
}
