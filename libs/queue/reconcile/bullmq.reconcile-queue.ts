import { Queue, type Job } from 'bullmq';
import type { Cluster, Redis } from 'ioredis';
import { ReconcileQueue, type ReconcileKey } from '#libs/core/outbox/outbox.port.js';
import { DomainError } from '#libs/domain/error.js';
import { newId } from '#libs/platform/id.js';
import { queuePrefix, reconcileQueueName, type ReconcileJob } from './reconcile.job.js';

export interface BullReconcileQueueOptions {
  /** How long the queue may take to answer before the caller is told that it is away. */
  answerMs?: number;
}

/**
 * Keys as BullMQ jobs. A waiting key is queued once; one that comes while its job runs is queued again behind it, so
 * that nothing written after the job's read is missed. While Redis is away everything is refused as `unavailable` at
 * once: callers hold transactions open, and the client's own memory of unsent commands must not grow.
 */
export class BullReconcileQueue extends ReconcileQueue {
  private readonly queue: Queue<ReconcileJob>;
  private readonly answerMs: number;
  /** When a call last waited in vain, while it still does. */
  private lateSince: number | null = null;

  constructor(
    private readonly connection: Redis | Cluster,
    prefix: string,
    options: BullReconcileQueueOptions = {},
  ) {
    super();
    this.answerMs = options.answerMs ?? 5_000;
    this.queue = new Queue<ReconcileJob>(reconcileQueueName, {
      connection,
      prefix: queuePrefix(prefix),
      streams: { events: { maxLen: 100 } }, // Nobody reads them.
      defaultJobOptions: {
        attempts: 8,
        backoff: { type: 'exponential', delay: 25, jitter: 0.5 },
        removeOnComplete: true,
        removeOnFail: true,
        stackTraceLimit: 0,
        keepLogs: 0,
      },
    });
    this.queue.on('error', () => undefined); // The connection reports its own errors.
  }

  /** News of a key does not wait for the end of a back-off: it takes the place of the job that does. */
  async enqueue(keys: ReconcileKey[]): Promise<void> {
    await this.add(keys, true);
  }

  /**
   * Repeats keys without news of them. Leaves back-offs alone, and frees a key that is held by a job which no list
   * of the queue knows any more, as after an eviction or a hand in the data; without that it would never run again.
   */
  async sweep(keys: ReconcileKey[]): Promise<void> {
    const held = await this.add(keys, false);
    if (!held.size) return;
    const lost = await this.answered(this.withoutList(held));
    await this.add(lost, false);
  }

  /** Jobs that wait or run; for metrics and tests. */
  async depth(): Promise<number> {
    const counts = await this.queue.getJobCounts('waiting', 'active', 'delayed', 'prioritized');
    return Object.values(counts).reduce((sum, count) => sum + count, 0);
  }

  async close(): Promise<void> {
    await this.queue.close();
  }

  /** Which of the keys other jobs stand for already, by the id of that job. */
  private async add(keys: ReconcileKey[], replace: boolean): Promise<Map<string, ReconcileKey>> {
    if (!keys.length) return new Map();
    this.requireAnswers();
    // Ids of our own: counted ones begin anew when Redis was emptied, and would meet those of jobs that still run.
    const wanted = keys.map((key) => ({ key, jobId: newId<string>() }));
    const jobs = await this.answered(
      this.queue.addBulk(
        wanted.map(({ key, jobId }) => ({
          name: 'reconcile',
          data: { key: key as ReconcileJob['key'] },
          opts: { jobId, deduplication: { id: key, keepLastIfActive: true, replace } },
        })),
      ),
    );
    const others = wanted.map(({ key, jobId }, at) => ({ key, own: jobId, id: jobs[at]?.id }));
    return new Map(others.flatMap(({ key, own, id }) => (id && id !== own ? [[id, key] as const] : [])));
  }

  /** Removes those of the jobs that are in no list, and gives their keys. */
  private async withoutList(held: ReadonlyMap<string, ReconcileKey>): Promise<ReconcileKey[]> {
    const list = (name: string) => this.connection.lrange(this.queue.toKey(name), 0, -1);
    const lists = [list('wait'), list('active'), list('paused')];
    const listed = new Set(
      (await Promise.all([...lists, this.connection.zrange(this.queue.toKey('delayed'), 0, -1)])).flat(),
    );
    const freed: ReconcileKey[] = [];
    for (const [id, key] of held) {
      // The lists were not read at one instant: only the state, which is, tells that a job moved between them.
      if (listed.has(id) || (await this.queue.getJobState(id)) !== 'unknown') continue;
      const job: Job<ReconcileJob> | undefined = await this.queue.getJob(id);
      if (!job) continue;
      await job.remove();
      freed.push(key);
    }
    return freed;
  }

  /** Refuses while the connection is away, and all but one call in a while when it is there but nothing answers. */
  private requireAnswers(): void {
    const hangs = this.lateSince !== null && performance.now() - this.lateSince < this.answerMs;
    if (this.connection.status !== 'ready' || hangs) throw away();
  }

  private async answered<T>(work: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        this.lateSince = performance.now();
        reject(away());
      }, this.answerMs);
    });
    const settled = () => {
      this.lateSince = null;
    };
    work.then(settled, settled);
    try {
      return await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

const away = () => new DomainError('unavailable', 'The queue does not answer.');
