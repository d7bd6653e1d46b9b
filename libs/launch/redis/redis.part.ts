import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Part, type PartStatus } from '../part.js';
import { confined, userIds } from '../process/confined.js';
import type { Daemon } from '../process/daemon.js';
import { StateFolder } from '../state/state-folder.js';
import { redisAnswers } from './redis-ping.js';

export interface RedisOptions {
  port: number;
  /** False keeps nothing on disk, for tests only. */
  durable?: boolean;
}

const account = 'redis';

/** The text of redis.conf. Jobs must never be evicted, and the password stands in the file, not on a command line. */
export function redisConfiguration(options: RedisOptions & { folder: string; password: string }): string {
  return [
    'bind 127.0.0.1',
    `port ${options.port}`,
    `dir ${options.folder}`,
    `requirepass ${options.password}`,
    'daemonize no',
    'maxmemory-policy noeviction',
    ...((options.durable ?? true) ? ['appendonly yes', 'appendfsync everysec'] : ['appendonly no', 'save ""']),
    '',
  ].join('\n');
}

/** Debian's redis-server on a port of the loopback address, with a folder and a password of its own. */
export class RedisPart extends Part {
  readonly name = 'redis';
  private readonly daemon: Daemon;

  constructor(
    private readonly state: StateFolder,
    private readonly options: RedisOptions,
  ) {
    super();
    this.daemon = state.daemon(this.name);
  }

  url(): string {
    return `redis://:${this.state.secret('redis.password')}@127.0.0.1:${this.options.port}`;
  }

  async start(): Promise<void> {
    await this.daemon.ensure({
      command: async () => ({ ...(await this.command()), env: { PATH: process.env.PATH, LANG: 'C.UTF-8' } }),
      ready: () => this.answers(),
      timeoutMs: 60_000,
    });
  }

  isRunning(): boolean {
    return this.daemon.running() !== undefined;
  }

  async status(): Promise<PartStatus> {
    const identity = this.daemon.running();
    const address = `127.0.0.1:${this.options.port}`;
    if (!identity) return { name: this.name, state: 'stopped', address };
    const healthy = await this.answers();
    return { name: this.name, state: healthy ? 'running' : 'unhealthy', pid: identity.pid, address };
  }

  async stop(): Promise<void> {
    await this.daemon.stop({ graceMs: 20_000 });
  }

  private async command() {
    const folder = this.state.folder('redis');
    const file = join(folder, 'redis.conf');
    const text = (seen: string) =>
      redisConfiguration({ ...this.options, folder: seen, password: this.state.secret('redis.password') });
    if (process.getuid?.() !== 0) {
      this.state.writePrivate(file, text(folder));
      return { command: 'redis-server', args: [file] };
    }
    const user = await userIds(account, true);
    this.state.make();
    const seen = join(this.state.runPath, 'redis');
    mkdirSync(seen, { recursive: true });
    chmodSync(folder, 0o700);
    this.state.writePrivate(file, text(seen));
    for (const path of [folder, file]) chownSync(path, user.uid, user.gid);
    return confined(user, [{ from: folder, to: seen }], 'redis-server', [join(seen, 'redis.conf')]);
  }

  private answers(): Promise<boolean> {
    return redisAnswers(this.options.port, this.state.secret('redis.password'));
  }
}
