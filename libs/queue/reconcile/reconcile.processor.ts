import { UnrecoverableError, Worker } from 'bullmq';
import type { Cluster, Redis } from 'ioredis';
import { z } from 'zod';
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

/**
 * A job whose worker died without a word is found after at most lockMs + 2 × stalledMs (two looks may meet one
 * another's mark), 9 s. A lock that is lost by a blocked process makes a job run twice, which row versions allow.
 */
const lockMs = 5_000;
const stalledMs = 2_000;

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
      lockDuration: lockMs,
      stalledInterval: stalledMs,
      maxStalledCount: 3,
      runRetryDelay: 1_000,
      autorun: false,
    });
    this.worker.on('error', (error) => options.log.debug({ err: error }, 'the queue is away'));
    this.worker.on('failed', (job, error) => {
      if (!job?.finishedOn) return; // It is tried again.
      const { data: given } = z.object({ key: z.string() }).safeParse(job.data);
      options.log.error({ err: error, key: given?.key }, 'a key was given up until the next sweep');
    });
  }

  /** Runs until `close`. */
  run(): void {
    this.worker.run().catch((error: Error) => this.options.log.error({ err: error }, 'the worker ended'));
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
