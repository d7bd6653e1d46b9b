import type { Cluster, Redis } from 'ioredis';
import type { Log } from '#libs/platform/log.js';

export interface RedisWatchOptions {
  everyMs?: number;
  answerMs?: number;
}

/**
 * Drops connections over which nothing answers any more. A peer that vanished without a word keeps a connection that
 * looks open for a quarter of an hour; until it is dropped nobody asks the sentinels or the cluster for the new master.
 */
export class RedisWatch {
  private readonly timer: NodeJS.Timeout;
  private readonly asked = new WeakSet<Redis>();

  constructor(
    private readonly clients: readonly (Redis | Cluster)[],
    private readonly log: Log,
    private readonly options: RedisWatchOptions = {},
  ) {
    this.timer = setInterval(() => this.look(), options.everyMs ?? 2_000);
    this.timer.unref();
  }

  close(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    const nodes = this.clients.flatMap((client) =>
      client.isCluster ? (client as Cluster).nodes() : [client as Redis],
    );
    for (const node of nodes) if (node.status === 'ready' && !this.asked.has(node)) this.ask(node);
  }

  private ask(node: Redis): void {
    this.asked.add(node);
    const timer = setTimeout(() => {
      this.log.debug('redis does not answer; its connection is dropped');
      node.disconnect(true);
    }, this.options.answerMs ?? 5_000);
    timer.unref();
    const settled = () => {
      clearTimeout(timer);
      this.asked.delete(node);
    };
    node.ping().then(settled, settled);
  }
}
