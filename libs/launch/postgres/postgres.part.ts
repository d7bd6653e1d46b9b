import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { LaunchError } from '../launch-error.js';
import { Part, type PartStatus } from '../part.js';
import { confined, userIds, type UserIds } from '../process/confined.js';
import type { Daemon } from '../process/daemon.js';
import { run } from '../process/run.js';
import { StateFolder } from '../state/state-folder.js';
import { postgresFolder } from './binaries.js';

export interface PostgresOptions {
  port: number;
  /** False gives up what survives a power cut, for tests only. */
  durable?: boolean;
  /** False leaves dead rows for minutes, for tests that are over by then; as `durable` unless given. */
  tidy?: boolean;
}

const account = 'postgres';
const owner = 'pierhead';
const database = 'pierhead';
const environment = { PATH: process.env.PATH, LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8', TZ: 'UTC' };

/**
 * The PostgreSQL that npm brought, on a port of the loopback address, its data in the state folder. Started as
 * root it runs as the user `postgres`, which is made when it is not there.
 */
export class PostgresPart extends Part {
  readonly name = 'postgres';
  private readonly daemon: Daemon;
  private readonly dataFolder: string;

  constructor(
    private readonly state: StateFolder,
    private readonly options: PostgresOptions,
  ) {
    super();
    this.daemon = state.daemon(this.name);
    this.dataFolder = state.file('postgres', 'data');
  }

  /** The connection string of the database's owner, who may make roles and databases. */
  url(name = database): string {
    return `postgres://${owner}:${this.password()}@127.0.0.1:${this.options.port}/${name}`;
  }

  async start(): Promise<void> {
    await this.daemon.ensure({
      command: async () => {
        const place = await this.place();
        if (!existsSync(join(this.dataFolder, 'PG_VERSION'))) await this.initialise(place);
        this.requireSameMajor(place.native);
        this.forgetDeadServer();
        return { ...place.command('postgres', ['-D', place.data, ...this.settings()]), env: environment };
      },
      ready: () => this.answers(),
      timeoutMs: 60_000,
      // Sessions of a killed server hold its memory until they notice.
      retryOn: /pre-existing shared memory block|lock file "postmaster.pid" already exists|is another server/,
    });
    await this.makeDatabase();
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

  /** A fast shutdown: sessions are ended, what they had committed stays. */
  async stop(): Promise<void> {
    await this.daemon.stop({ signal: 'SIGINT', graceMs: 30_000 });
  }

  private password(): string {
    return this.state.secret('postgres.password');
  }

  private settings(): string[] {
    const durable = this.options.durable ?? true;
    const tidy = this.options.tidy ?? durable;
    const settings: Record<string, string> = {
      listen_addresses: '127.0.0.1',
      port: String(this.options.port),
      unix_socket_directories: '',
      max_connections: '200',
      timezone: 'UTC',
      synchronous_commit: durable ? 'on' : 'off',
      // Containers come and go: what is left of their rows is in the way of whoever looks for those that live.
      autovacuum_naptime: tidy ? '10s' : '10min',
      ...(durable ? {} : { fsync: 'off', full_page_writes: 'off' }),
    };
    return Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
  }

  /** Where the server sees its files and how it is run: as the account when we are root, else as ourselves. */
  private async place() {
    const native = postgresFolder();
    if (process.getuid?.() !== 0) {
      mkdirSync(this.dataFolder, { recursive: true, mode: 0o700 });
      return {
        native,
        data: this.dataFolder,
        user: undefined as UserIds | undefined,
        command: (program: string, args: string[]) => ({ command: join(native, 'bin', program), args }),
      };
    }
    const user = await userIds(account, true);
    this.state.make();
    const view = join(this.state.runPath, 'postgres');
    const [seenData, seenNative] = [join(view, 'data'), join(view, 'native')];
    for (const folder of [this.dataFolder, view, seenData, seenNative]) mkdirSync(folder, { recursive: true });
    for (const folder of [this.dataFolder, view]) {
      chmodSync(folder, 0o700);
      chownSync(folder, user.uid, user.gid);
    }
    const binds = [
      { from: this.dataFolder, to: seenData },
      { from: native, to: seenNative },
    ];
    return {
      native,
      data: seenData,
      user,
      command: (program: string, args: string[]) => confined(user, binds, join(seenNative, 'bin', program), args),
    };
  }

  private async initialise(place: Awaited<ReturnType<PostgresPart['place']>>): Promise<void> {
    // What an interrupted first start left has no PG_VERSION and holds nobody's data.
    const folder = place.user ? join(this.state.runPath, 'postgres') : this.state.file('postgres');
    const passwordFile = join(folder, `password.${process.pid}`);
    writeFileSync(passwordFile, this.password(), { mode: 0o600 });
    if (place.user) chownSync(passwordFile, place.user.uid, place.user.gid);
    const initdb = place.command('initdb', [
      `--pgdata=${place.data}`,
      `--username=${owner}`,
      `--pwfile=${passwordFile}`,
      ...['--auth=scram-sha-256', '--encoding=UTF8', '--locale=C.UTF-8', '--no-instructions'],
      ...(this.options.durable === false ? ['--no-sync'] : []),
    ]);
    try {
      await run(initdb.command, initdb.args, { env: environment, cwd: '/' });
    } finally {
      rmSync(passwordFile, { force: true });
    }
  }

  private requireSameMajor(native: string): void {
    const data = readFileSync(join(this.dataFolder, 'PG_VERSION'), 'utf8').trim();
    const packaged = JSON.parse(readFileSync(join(native, '..', 'package.json'), 'utf8')) as { version: string };
    const server = packaged.version.split('.')[0];
    if (data !== server) {
      throw new LaunchError(
        `The data in ${this.dataFolder} is of PostgreSQL ${data}, the server is ${server}: dump it with ${data} and load it into a new state folder.`,
      );
    }
  }

  /** After a kill -9 the server's lock file may name a pid that now is somebody else's, which it would respect. */
  private forgetDeadServer(): void {
    const lock = join(this.dataFolder, 'postmaster.pid');
    if (!existsSync(lock)) return;
    const pid = Number(readFileSync(lock, 'utf8').split('\n')[0]);
    let name = '';
    try {
      name = readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
    } catch {
      // no such process
    }
    if (name !== 'postgres') rmSync(lock, { force: true });
  }

  private async answers(): Promise<boolean> {
    const client = new pg.Client({ connectionString: this.url('postgres'), connectionTimeoutMillis: 2_000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('SELECT 1');
      return true;
    } catch {
      return false;
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  private async makeDatabase(): Promise<void> {
    const client = new pg.Client({ connectionString: this.url('postgres') });
    await client.connect();
    try {
      const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
      if (found.rowCount === 0) await client.query(`CREATE DATABASE ${database}`);
    } finally {
      await client.end();
    }
  }
}
