import { pino } from 'pino';
import type { Cluster, Redis } from 'ioredis';
import type { ReconcileKey } from '#libs/core/outbox/outbox.port.js';
import type { Log } from '#libs/platform/log.js';
import { waitFor } from '#libs/launch/process/wait.js';
import { newId } from '#libs/platform/id.js';
import { BullReconcileQueue } from '#libs/queue/reconcile/bullmq.reconcile-queue.js';
import { queuePrefix, reconcileKinds, type ReconcileKind } from '#libs/queue/reconcile/reconcile.job.js';
import { ReconcileProcessor, type ReconcileProcessorOptions } from '#libs/queue/reconcile/reconcile.processor.js';
import { connectRedis, type RedisSettings } from '#libs/queue/redis/redis-client.js';

export type Reconcile = (key: ReconcileKey) => Promise<Date | null>;

export const aKey = (kind: ReconcileKind = 'service'): ReconcileKey => `${kind}:${newId()}`;

export const until = (what: string, condition: () => unknown, timeoutMs = 8_000) =>
  waitFor(async () => Boolean(await condition()), { what, timeoutMs, intervalMs: 5 });

/** A promise and what resolves it. */
export function gate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
}

export interface LogLine {
  level: number;
  msg: string;
  key?: string;
}

export function recordedLog(): { log: Log; lines: LogLine[] } {
  const lines: LogLine[] = [];
  const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(JSON.parse(line) as LogLine) });
  return { log, lines };
}

/** One queue, as several processes have it, in a prefix of its own. */
export class QueueBench {
  readonly connection: Redis | Cluster;
  readonly queue: BullReconcileQueue;
  readonly recorded = recordedLog();
  private readonly connections: (Redis | Cluster)[] = [];
  private readonly processors: ReconcileProcessor[] = [];

  constructor(
    private readonly settings: RedisSettings,
    readonly prefix = `test-${newId()}`,
  ) {
    this.connection = this.connect();
    this.queue = new BullReconcileQueue(this.connection, this.prefix, { answerMs: 500 });
  }

  connect(): Redis | Cluster {
    const connection = connectRedis(this.settings);
    connection.on('error', () => undefined);
    this.connections.push(connection);
    return connection;
  }

  async ready(): Promise<void> {
    await until('The connection', () => this.connection.status === 'ready');
  }

  /** A worker with connections of its own, as another process has it. */
  work(reconcile: Reconcile, options: Partial<ReconcileProcessorOptions> = {}): ReconcileProcessor {
    const reconcilers = new Map(
      reconcileKinds.map((kind) => [kind, { reconcile: (id: string) => reconcile(`${kind}:${id}`) }]),
    );
    const processor = new ReconcileProcessor(reconcilers, {
      connection: this.connect(),
      prefix: this.prefix,
      concurrency: 4,
      again: () => undefined,
      log: this.recorded.log,
      ...options,
    });
    this.processors.push(processor);
    processor.run();
    return processor;
  }

  /** A key of the queue in Redis. */
  name(suffix: string): string {
    return `${queuePrefix(this.prefix)}:reconcile:${suffix}`;
  }

  /** What the queue left in Redis beside its own few fixed keys. */
  async leftOver(): Promise<string[]> {
    const fixed = ['id', 'meta', 'events', 'marker', 'stalled', 'stalled-check'].map((suffix) => this.name(suffix));
    const nodes = this.connection.isCluster ? (this.connection as Cluster).nodes('master') : [this.connection as Redis];
    const all = (await Promise.all(nodes.map((node) => node.keys(`${queuePrefix(this.prefix)}*`)))).flat();
    return all.filter((key) => !fixed.includes(key));
  }

  async idle(timeoutMs?: number): Promise<void> {
    await until('The queue’s end', async () => (await this.queue.depth()) === 0, timeoutMs);
  }

  async close(): Promise<void> {
    await Promise.all(this.processors.map((processor) => processor.close()));
    await this.queue.close();
    for (const connection of this.connections) connection.disconnect();
  }
}
