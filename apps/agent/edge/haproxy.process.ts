import { execFile, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identify, isStillRunning, signalIfStillRunning, type ProcessIdentity } from '#libs/platform/process/proc.js';

const socketName = 'master.sock';
const longestLogBytes = 10 * 1024 * 1024;
const checkWithinMs = 30_000;
const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** A sentence on why the load balancer does not do what it should. */
export class HaproxyRefusal extends Error {}

/**
 * The load balancer’s processes on this node: one master, which survives the agent and is taken up again by the next
 * one. Known by a pid file, never looked for by name.
 */
export class HaproxyProcess {
  private readonly pidFile: string;
  private readonly logFile: string;
  private child: { pid: number; exited: boolean } | null = null;

  constructor(
    private readonly folder: string,
    private readonly configuration: string,
    private readonly onExit: () => void = () => undefined,
  ) {
    this.pidFile = join(folder, 'haproxy.pid');
    this.logFile = join(folder, 'haproxy.log');
  }

  running(): ProcessIdentity | null {
    try {
      const identity = JSON.parse(readFileSync(this.pidFile, 'utf8')) as ProcessIdentity;
      if (this.child?.exited && this.child.pid === identity.pid) return null;
      return isStillRunning(identity) ? identity : null;
    } catch {
      return null;
    }
  }

  /** By way of the process, as the path of the folder may be longer than a socket’s address can be. */
  socketPath(): string {
    return `/proc/${this.running()?.pid ?? 0}/cwd/${socketName}`;
  }

  /** @throws HaproxyRefusal with the first thing that is wrong with the configuration on disk */
  async check(): Promise<void> {
    const { code, output } = await this.ask(['-c', '-f', this.configuration]);
    if (code !== 0) throw new HaproxyRefusal(firstAlert(output) ?? 'The configuration is not valid.');
  }

  /** Starts it with the configuration on disk. Resolves when the process is there, not when it serves. */
  async start(): Promise<void> {
    rmSync(join(this.folder, socketName), { force: true });
    const log = openSync(this.logFile, 'w', 0o600);
    closeSync(log);
    // Appending, so that shortening the file does not leave a hole before what is written next.
    const output = openSync(this.logFile, 'a', 0o600);
    try {
      const args = ['-W', '-S', `unix@${socketName},mode,600`, '-f', this.configuration];
      const child = spawn('haproxy', args, {
        cwd: this.folder,
        detached: true,
        stdio: ['ignore', output, output],
        env: { PATH: searchPath, LANG: 'C.UTF-8' },
      });
      const pid = await new Promise<number>((resolve, reject) => {
        child.once('spawn', () => resolve(child.pid as number));
        child.once('error', (error) => reject(unusable(error)));
      });
      const own = { pid, exited: false };
      this.child = own;
      child.once('exit', () => {
        own.exited = true;
        this.onExit();
      });
      child.unref();
      const identity = identify(pid);
      if (!identity) throw new HaproxyRefusal(this.lastWords());
      writeFileSync(this.pidFile, JSON.stringify(identity), { mode: 0o600 });
    } finally {
      closeSync(output);
    }
  }

  /** Ends it with all that it serves. Resolves when it is gone. */
  async stop(graceMs = 5_000): Promise<void> {
    const identity = this.running();
    if (identity) {
      signalIfStillRunning(identity, 'SIGTERM');
      const deadline = performance.now() + graceMs;
      while (this.running() && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
      if (this.running()) signalIfStillRunning(identity, 'SIGKILL');
    }
    rmSync(this.pidFile, { force: true });
  }

  /** The last alert in its log, as a sentence. */
  lastWords(): string {
    try {
      const text = readFileSync(this.logFile, 'utf8');
      return firstAlert(text) ?? 'It ended and said nothing of why.';
    } catch {
      return 'It ended and said nothing of why.';
    }
  }

  trimLog(): void {
    try {
      if (statSync(this.logFile).size > longestLogBytes) truncateSync(this.logFile, 0);
    } catch {
      // There is none yet.
    }
  }

  private ask(args: string[]): Promise<{ code: number; output: string }> {
    return new Promise((resolve, reject) => {
      const env = { PATH: searchPath, LANG: 'C.UTF-8' };
      const options = { cwd: this.folder, env, timeout: checkWithinMs, maxBuffer: 4 * 1024 * 1024 };
      execFile('haproxy', args, options, (error, stdout, stderr) => {
        if (error && typeof error.code !== 'number') reject(unusable(error));
        else resolve({ code: Number(error?.code ?? 0), output: `${stdout}${stderr}` });
      });
    });
  }
}

function unusable(error: { code?: string | number | null | undefined; message: string }): HaproxyRefusal {
  return error.code === 'ENOENT'
    ? new HaproxyRefusal('HAProxy is not installed on this node: install the package haproxy (2.6 or newer).')
    : new HaproxyRefusal(`HAProxy can’t be run: ${error.message}.`);
}

function firstAlert(output: string): string | null {
  const row = output.split('\n').find((each) => each.includes('[ALERT]'));
  return row?.replace(/^.*\[ALERT\]\s*\(\d+\)\s*:\s*/, '').trim() ?? null;
}
