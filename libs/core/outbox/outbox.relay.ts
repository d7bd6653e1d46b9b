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
  private waits = false;

  constructor(
    private readonly work: UnitOfWork,
    private readonly queue: ReconcileQueue,
    private readonly log: Log,
  ) {}

  /**
   * Moves what is there now; never rejects. Calls while it moves are answered together by one more round, and every
   * caller's promise ends with the round that saw what was there when it called.
   */
  kick(): Promise<void> {
    if (this.moving) {
      this.again = true;
      return this.moving;
    }
    this.moving = this.move();
    return this.moving;
  }

  private async move(): Promise<void> {
    do {
      this.again = false;
      await this.drain();
    } while (this.again);
    this.moving = null; // In the same turn as the last look at `again`, so that no call falls between.
  }

  private async drain(): Promise<void> {
    try {
      for (;;) {
        const moved = await this.work.platform(async (tx) => {
          const keys = await tx.reconcile.claimOutbox(batch);
          await this.queue.enqueue(keys);
          return keys.length;
        });
        if (!moved) break;
      }
      if (this.waits) this.log.info('the outbox moves again');
      this.waits = false;
    } catch (error) {
      if (!this.waits) this.log.warn({ err: error }, 'the outbox waits: the database or the queue is away');
      this.waits = true;
    }
  }
}
