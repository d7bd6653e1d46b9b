import { Queue } from 'bullmq';
import type { Cluster, Redis } from 'ioredis';
import { ReconcileQueue, type ReconcileKey } from '#libs/core/outbox/outbox.port.js';
import { queuePrefix, reconcileQueueName, type ReconcileJob } from './reconcile.job.js';

/**
 * Keys as BullMQ jobs. A waiting key is queued once; one that comes while its job runs is queued again behind it, so
 * that nothing written after the job's read is missed.
 */
export class BullReconcileQueue extends ReconcileQueue {
  private readonly queue: Queue<ReconcileJob>;

  constructor(connection: Redis | Cluster, prefix: string) {
    super();
    this.queue = new Queue<ReconcileJob>(reconcileQueueName, {
      connection,
      prefix: queuePrefix(prefix),
      defaultJobOptions: {
        attempts: 8,
        backoff: { type: 'exponential', delay: 25, jitter: 0.5 },
        removeOnComplete: true,
        removeOnFail: true,
      },
    });
    this.queue.on('error', () => undefined); // The connection reports its own errors.
  }

  async enqueue(keys: ReconcileKey[], delayMs = 0): Promise<void> {
    if (!keys.length) return;
    await this.queue.addBulk(
      keys.map((key) => ({
        name: 'reconcile',
        data: { key: key as ReconcileJob['key'] },
        opts: { deduplication: { id: key, keepLastIfActive: true }, ...(delayMs ? { delay: delayMs } : {}) },
      })),
    );
  }

  /** Jobs that wait or run; for metrics and tests. */
  async depth(): Promise<number> {
    const counts = await this.queue.getJobCounts('waiting', 'active', 'delayed', 'prioritized');
    return Object.values(counts).reduce((sum, count) => sum + count, 0);
  }

  async close(): Promise<void> {
    await this.queue.close();
  }
}
