import { readFileSync } from 'node:fs';
import type { DataSource } from 'typeorm';
import { waitFor } from '#libs/launch/process/wait.js';
import { newId } from '#libs/platform/id.js';
import { createLog } from '#libs/platform/log.js';
import { connectRedis } from '#libs/queue/redis/redis-client.js';
import { RedisWakeUps } from '#libs/queue/redis/redis.wake-ups.js';
import { PostgresAgentDirectory } from '#libs/store/agent/postgres.agent-directory.js';
import { createDataSource } from '#libs/store/connection/data-source.js';
import { roleUrl } from '#libs/store/connection/database-role.js';
import { PostgresUnitOfWork } from '#libs/store/connection/postgres.unit-of-work.js';
import type { Cluster } from '#libs/testing/cluster/cluster.js';
import { SimulatedNode } from './simulated-node.js';

const touchMs = 500;
const pollMs = 1_000;
const prefix = 'pierhead';

/** Simulated nodes of a cluster, woken over its Redis as a gateway is, with sessions in its database. */
export class Fleet {
  private readonly nodes = new Map<string, SimulatedNode>();
  private readonly counted = { running: 0, removed: 0 };
  private readonly timers: NodeJS.Timeout[] = [];
  private failure: Error | null = null;

  private constructor(
    private readonly source: DataSource,
    private readonly directory: PostgresAgentDirectory,
    private readonly redis: ReturnType<typeof connectRedis>[],
  ) {}

  static async join(cluster: Cluster, size: number): Promise<Fleet> {
    const masterKey = Buffer.from(readFileSync(cluster.state.file('keys', 'master.key'), 'utf8').trim(), 'base64');
    const source = createDataSource(roleUrl(cluster.postgres.url(), 'pierhead_platform', masterKey), {
      poolSize: 8,
      applicationName: 'bench-fleet',
    });
    await source.initialize();
    const settings = { url: cluster.redis.url(), sentinels: undefined, sentinelName: '', cluster: undefined };
    const [publisher, subscriber] = [connectRedis(settings), connectRedis(settings)];
    const wakeUps = new RedisWakeUps(publisher, subscriber, prefix, createLog('bench', 'silent'));
    const directory = new PostgresAgentDirectory(new PostgresUnitOfWork(source, source, wakeUps));
    const fleet = new Fleet(source, directory, [publisher, subscriber]);
    wakeUps.onNode((id) => fleet.kick(fleet.nodes.get(id)));
    await fleet.addNodes(cluster, size);
    fleet.timers.push(setInterval(() => fleet.beat(), touchMs));
    fleet.timers.push(setInterval(() => fleet.nodes.forEach((node) => fleet.kick(node)), pollMs));
    return fleet;
  }

  /** Containers that were reported running, and removed, since the fleet joined. */
  get changes(): { running: number; removed: number } {
    return { ...this.counted };
  }

  /** Resolves when so many more changes of that kind were stored. */
  async until(kind: 'running' | 'removed', total: number): Promise<void> {
    const done = () => {
      if (this.failure) throw this.failure;
      return this.counted[kind] >= total;
    };
    await waitFor(done, { what: `${total} containers ${kind}`, timeoutMs: 60_000, intervalMs: 2 });
  }

  async close(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    for (const client of this.redis) client.disconnect();
    await Promise.allSettled([...this.nodes.values()].map((node) => node.kick()));
    await this.source.destroy();
  }

  private async addNodes(cluster: Cluster, size: number): Promise<void> {
    for (let index = 0; index < size; index++) {
      const id: string = newId();
      await cluster.ledger.rows(
        `INSERT INTO node (id, name, state, certificate_serial) VALUES ($1, $2, 'joining', 'serial')`,
        [id, `simulated-${index}`],
      );
      const node = new SimulatedNode(id, this.directory, (kind, count) => (this.counted[kind] += count));
      await node.join();
      this.nodes.set(id, node);
    }
  }

  private kick(node: SimulatedNode | undefined): void {
    node?.kick().catch((error: Error) => (this.failure ??= error));
  }

  private beat(): void {
    const sessions = [...this.nodes.values()].map(({ id, epoch }) => ({ nodeId: id, epoch }));
    this.directory.touch(sessions).catch((error: Error) => (this.failure ??= error));
  }
}
