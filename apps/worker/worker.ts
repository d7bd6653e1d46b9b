import { OutboxRelay } from '#libs/core/outbox/outbox.relay.js';
import type { ReconcileKey } from '#libs/core/outbox/outbox.port.js';
import { NodeMonitor } from '#libs/core/reconcile/node.monitor.js';
import { UnitOfWork, type Transaction } from '#libs/core/unit-of-work/unit-of-work.port.js';
import { Clock } from '#libs/platform/clock.js';
import type { Log } from '#libs/platform/log.js';
import type { BullReconcileQueue } from '#libs/queue/reconcile/bullmq.reconcile-queue.js';
import type { ReconcileProcessor } from '#libs/queue/reconcile/reconcile.processor.js';
import { Loop } from './loop.js';

export interface WorkerTimers {
  sweepMs: number;
}

/** Soon enough for a timer of this process; later ones are found in the database. */
const soonMs = 1_500;
const keepMs = 24 * 3_600_000;

/** The loops of one worker. Any number of workers may run: each loop is harmless when it runs twice. */
export class PlatformWorker {
  private readonly loops: Loop[];
  private readonly soon = new Map<ReconcileKey, { at: number; timer: NodeJS.Timeout }>();
  private stopped = false;

  constructor(
    private readonly work: UnitOfWork,
    private readonly queue: BullReconcileQueue,
    private readonly relay: OutboxRelay,
    private readonly monitor: NodeMonitor,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly timers: WorkerTimers,
    more: readonly Loop[] = [],
  ) {
    this.loops = [
      new Loop('relay', 500, () => this.relay.kick(), log),
      new Loop('nodes', 500, () => this.monitor.look(), log),
      new Loop('due', 1_000, () => this.sweep((tx) => tx.reconcile.dueKeys(this.clock.now())), log),
      new Loop('unsettled', timers.sweepMs, () => this.sweep((tx) => tx.reconcile.unsettledKeys()), log),
      new Loop('everything', timers.sweepMs * 10, () => this.sweepAll(), log),
      new Loop('prune', 3_600_000, () => this.prune(), log),
      ...more,
    ];
  }

  start(processor: ReconcileProcessor): void {
    processor.run();
    for (const loop of this.loops) loop.start();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    for (const { timer } of this.soon.values()) clearTimeout(timer);
    this.soon.clear();
    await Promise.all(this.loops.map((loop) => loop.stop()));
  }

  /** A key that wants another look: by a timer of this process when it is near, else the database knows it. */
  again(key: ReconcileKey, at: Date): void {
    const inMs = at.getTime() - this.clock.now().getTime();
    const known = this.soon.get(key);
    if (this.stopped || inMs > this.nearMs(key) || (known && known.at <= at.getTime())) return;
    clearTimeout(known?.timer);
    const timer = setTimeout(
      () => {
        this.soon.delete(key);
        this.queue.enqueue([key]).catch((error: Error) => this.log.debug({ err: error }, 'a sweep will find it'));
      },
      Math.max(5, inMs),
    );
    this.soon.set(key, { at: at.getTime(), timer });
  }

  /** Only services write down when they want another look; the others would wait for a sweep. */
  private nearMs(key: ReconcileKey): number {
    return key.startsWith('service:') ? soonMs : this.timers.sweepMs;
  }

  private async sweep(read: (tx: Transaction) => Promise<ReconcileKey[]>): Promise<void> {
    await this.queue.sweep(await this.work.platformRead(read));
  }

  private async sweepAll(): Promise<void> {
    let after: string | null = null;
    do {
      const cursor: string | null = after;
      const page: { keys: ReconcileKey[]; next: string | null } = await this.work.platformRead((tx) =>
        tx.reconcile.allKeys(cursor, 500),
      );
      await this.queue.sweep(page.keys);
      after = page.next;
    } while (after);
  }

  private async prune(): Promise<void> {
    const before = new Date(this.clock.now().getTime() - keepMs);
    const pruned = await this.work.platform(
      async (tx) => (await tx.reconcile.prune(before)) + (await tx.events.prune(before)) + (await tx.volumes.sweep()),
    );
    if (pruned) this.log.info({ rows: pruned }, 'pruned what ended a day ago');
  }
}
