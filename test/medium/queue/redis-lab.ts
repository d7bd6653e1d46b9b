import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from '#libs/launch/ports/port.js';
import { waitFor } from '#libs/launch/process/wait.js';
import type { RedisSettings } from '#libs/queue/redis/redis-client.js';

export const password = 'a word';

/** One redis-server of a test's own on the loopback address, keeping nothing. */
export class LabRedis {
  readonly folder = mkdtempSync(join(tmpdir(), 'pierhead-redis-'));
  private child: ChildProcess | undefined;

  constructor(
    readonly port: number,
    private readonly args: string[] = [],
  ) {}

  static async started(...args: string[]): Promise<LabRedis> {
    const redis = new LabRedis(await freePort(), args);
    await redis.start();
    return redis;
  }

  get url(): string {
    return `redis://:${encodeURIComponent(password)}@127.0.0.1:${this.port}`;
  }

  get settings(): RedisSettings {
    return { url: this.url, sentinels: undefined, sentinelName: '', cluster: undefined };
  }

  async start(): Promise<void> {
    const base = ['--bind', '127.0.0.1', '--port', String(this.port), '--dir', this.folder, '--save', ''];
    const auth = ['--requirepass', password, '--masterauth', password, '--repl-diskless-sync-delay', '0'];
    await this.run([...base, ...auth, ...this.args]);
    await this.with((client) => client.ping());
  }

  async startSentinel(master: LabRedis, name: string): Promise<void> {
    const file = join(this.folder, 'sentinel.conf');
    const lines = [
      `port ${this.port}`,
      'bind 127.0.0.1',
      `sentinel monitor ${name} 127.0.0.1 ${master.port} 1`,
      `sentinel auth-pass ${name} "${password}"`,
      `sentinel down-after-milliseconds ${name} 300`,
      `sentinel failover-timeout ${name} 3000`,
      '',
    ];
    writeFileSync(file, lines.join('\n'));
    await this.run([file, '--sentinel']);
  }

  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  /** Ends it at once, as a machine that loses its power. */
  async kill(): Promise<void> {
    const child = this.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** With a connection that ends afterwards. */
  async with<T>(use: (client: Redis) => Promise<T>, options: { sentinel?: boolean } = {}): Promise<T> {
    const client = new Redis({
      host: '127.0.0.1',
      port: this.port,
      retryStrategy: () => 20,
      ...(options.sentinel ? {} : { password }),
    });
    client.on('error', () => undefined);
    try {
      return await use(client);
    } finally {
      client.disconnect();
    }
  }

  private async run(args: string[]): Promise<void> {
    const child = spawn('redis-server', args, { stdio: 'ignore' });
    this.child = child;
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
  }
}

/** A master, its replica and a sentinel that watches them. */
export async function startSentinelLab(name: string) {
  const master = await LabRedis.started();
  const replica = await LabRedis.started('--replicaof', `127.0.0.1 ${master.port}`);
  const sentinel = new LabRedis(await freePort());
  await sentinel.startSentinel(master, name);
  await sentinel.with(
    (client) =>
      waitFor(
        async () => {
          const replicas = (await client.call('SENTINEL', 'REPLICAS', name)) as string[][];
          return replicas.some((fields) => fields.includes('slave') && fields.includes('ok'));
        },
        { what: 'The sight of the replica', timeoutMs: 10_000, intervalMs: 20 },
      ),
    { sentinel: true },
  );
  return {
    master,
    replica,
    settings: { url: master.url, sentinels: `127.0.0.1:${sentinel.port}`, sentinelName: name, cluster: undefined },
    remove: () => Promise.all([sentinel, replica, master].map((redis) => redis.remove())),
  };
}

/** Three masters with all the slots between them. */
export async function startClusterLab() {
  const slots = [
    [0, 5_460],
    [5_461, 10_922],
    [10_923, 16_383],
  ] as const;
  const members = await Promise.all(
    slots.map(async () =>
      LabRedis.started(
        '--cluster-enabled',
        'yes',
        '--cluster-node-timeout',
        '2000',
        '--cluster-port',
        String(await freePort()),
      ),
    ),
  );
  const [first] = members;
  for (const [at, member] of members.entries()) {
    const [from, to] = slots[at] ?? [0, 0];
    await member.with(async (client) => {
      await client.call('CLUSTER', 'ADDSLOTSRANGE', from, to);
      await client.call('CLUSTER', 'SET-CONFIG-EPOCH', at + 1);
    });
  }
  for (const member of members.slice(1)) {
    const busPort = await member.with((client) => client.call('CONFIG', 'GET', 'cluster-port') as Promise<string[]>);
    await first?.with((client) => client.call('CLUSTER', 'MEET', '127.0.0.1', member.port, busPort[1] ?? ''));
  }
  await Promise.all(
    members.map((member) =>
      member.with((client) =>
        waitFor(
          async () => {
            const info = (await client.call('CLUSTER', 'INFO')) as string;
            return info.includes('cluster_state:ok') && info.includes('cluster_known_nodes:3');
          },
          { what: 'The cluster', timeoutMs: 15_000, intervalMs: 20 },
        ),
      ),
    ),
  );
  return {
    members,
    settings: {
      url: first?.url,
      sentinels: undefined,
      sentinelName: '',
      cluster: members.map((member) => `127.0.0.1:${member.port}`).join(','),
    },
    remove: () => Promise.all(members.map((member) => member.remove())),
  };
}
