import { UnrecoverableError, Worker } from 'bullmq';
import type { Cluster, Redis } from 'ioredis';
import type { ReconcileKey } from '#libs/core/outbox/outbox.port.js';
import type { Reconciler } from '#libs/core/reconcile/reconciler.js';
import { DomainError } from '#libs/domain/error.js';
import type { Log } from '#libs/platform/log.js';
import {
  queuePrefix,
  reconcileJob,
  reconcileKinds,
  reconcileQueueName,
  splitKey,
  type ReconcileKind,
} from './reconcile.job.js';

export interface ReconcileProcessorOptions {
  connection: Redis | Cluster;
  prefix: string;
  concurrency: number;
  /** Called with a key that wants another look at that time. */
  again: (key: ReconcileKey, at: Date) => void;
  log: Log;
  /** Told of every finished job, for metrics. */
  done?: (kind: ReconcileKind, outcome: 'ok' | 'stale' | 'failed', ms: number) => void;
}

/** Takes keys off the queue and hands each to its one reconciler. Refuses to start when a kind has none. */
export class ReconcileProcessor {
  private readonly worker: Worker;

  constructor(
    private readonly reconcilers: ReadonlyMap<ReconcileKind, Reconciler>,
    private readonly options: ReconcileProcessorOptions,
  ) {
    const missing = reconcileKinds.filter((kind) => !reconcilers.has(kind));
    if (missing.length) throw new Error(`Nothing reconciles ${missing.join(', ')}.`);
    this.worker = new Worker(reconcileQueueName, (job) => this.process(job.data), {
      connection: options.connection,
      prefix: queuePrefix(options.prefix),
      concurrency: options.concurrency,
      lockDuration: 30_000,
      stalledInterval: 15_000,
      maxStalledCount: 3,
      autorun: false,
    });
    this.worker.on('error', (error) => options.log.debug({ err: error }, 'the queue is away'));
    this.worker.on('failed', (job, error) => {
      if (job && job.attemptsMade >= (job.opts.attempts ?? 1)) {
        options.log.error(
          { err: error, key: (job.data as { key?: string }).key },
          'a key was given up until the next sweep',
        );
      }
    });
  }

  /** Runs until `close`. */
  run(): void {
    void this.worker.run();
  }

  get running(): boolean {
    return this.worker.isRunning();
  }

  /** Lets the jobs that run come to their end. */
  async close(): Promise<void> {
    await this.worker.close();
  }

  private async process(data: unknown): Promise<void> {
    const parsed = reconcileJob.safeParse(data);
    if (!parsed.success) throw new UnrecoverableError('The job carries no key.');
    const key = parsed.data.key as ReconcileKey;
    const { kind, id } = splitKey(key);
    const began = performance.now();
    try {
      const at = await this.reconcilers.get(kind)?.reconcile(id);
      if (at) this.options.again(key, at);
      this.options.done?.(kind, 'ok', performance.now() - began);
    } catch (error) {
      const stale = error instanceof DomainError && (error.code === 'stale' || error.code === 'unavailable');
      if (!stale) this.options.log.error({ err: error, key }, 'reconciling failed; it is tried again');
      this.options.done?.(kind, stale ? 'stale' : 'failed', performance.now() - began);
      throw error;
    }
  }
}
