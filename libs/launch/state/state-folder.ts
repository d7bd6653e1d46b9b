import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Daemon } from '../process/daemon.js';

/**
 * Everything that one installation keeps on this machine: data, keys, logs and pid files in `path` (0700), and
 * what must have a short name or vanish with a reboot in `runPath` (a socket's path may have 107 characters).
 */
export class StateFolder {
  readonly path: string;
  /** Eight characters that tell installations on one machine apart, in interface and network names too. */
  readonly id: string;
  readonly runPath: string;

  constructor(path: string) {
    this.path = resolve(path);
    this.id = createHash('sha256').update(this.path).digest('hex').slice(0, 8);
    const base = process.getuid?.() === 0 ? '/run' : (process.env.XDG_RUNTIME_DIR ?? tmpdir());
    this.runPath = join(base, 'pierhead', this.id);
  }

  /** The folder that PIERHEAD_STATE names, or `.pierhead` in the checkout. */
  static of(checkout: string, env: NodeJS.ProcessEnv = process.env): StateFolder {
    return new StateFolder(env.PIERHEAD_STATE || join(checkout, '.pierhead'));
  }

  make(): void {
    mkdirSync(this.path, { recursive: true, mode: 0o700 });
    chmodSync(this.path, 0o700);
    for (const name of ['keys', 'logs', 'pids']) mkdirSync(this.file(name), { recursive: true, mode: 0o700 });
    // Others may pass through, not look: a database's own user has its folder below.
    for (const folder of [dirname(this.runPath), this.runPath]) {
      mkdirSync(folder, { recursive: true });
      chmodSync(folder, 0o711);
    }
  }

  exists(): boolean {
    return existsSync(this.path);
  }

  file(...segments: string[]): string {
    return join(this.path, ...segments);
  }

  /** A folder that is made when it is not there; 0700. */
  folder(...segments: string[]): string {
    const path = this.file(...segments);
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return path;
  }

  /** A folder below `runPath`, 0700. */
  runFolder(name: string): string {
    const path = join(this.runPath, name);
    mkdirSync(path, { recursive: true });
    chmodSync(path, 0o700);
    return path;
  }

  daemon(name: string): Daemon {
    return new Daemon(name, this.file('pids', `${name}.pid`), this.logFile(name));
  }

  logFile(name: string): string {
    return this.file('logs', `${name}.log`);
  }

  /** The secret of that name, made by `make` on first use and kept in a file that only its owner reads. */
  secret(name: string, make: () => string = () => randomBytes(24).toString('base64url')): string {
    const path = this.file('keys', name);
    if (existsSync(path)) return readFileSync(path, 'utf8').trim();
    const value = make();
    this.writePrivate(path, `${value}\n`);
    return value;
  }

  /** Writes a 0600 file that is never seen half written. */
  writePrivate(path: string, content: string): void {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const half = `${path}.${process.pid}.new`;
    writeFileSync(half, content, { mode: 0o600 });
    renameSync(half, path);
  }

  remove(): void {
    rmSync(this.runPath, { recursive: true, force: true });
    rmSync(this.path, { recursive: true, force: true });
  }
}
