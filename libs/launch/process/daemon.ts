import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { LaunchError } from '../launch-error.js';
import { identify, isStillRunning, signalIfStillRunning, type ProcessIdentity } from '#libs/platform/process/proc.js';
import { waitFor } from './wait.js';

const rotateAboveBytes = 10 * 1024 * 1024;

export interface DaemonCommand {
  command: string;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  cwd?: string;
}

export interface EnsureOptions {
  /** Prepares what the program needs and says how to run it; not called when it runs already. */
  command: () => DaemonCommand | Promise<DaemonCommand>;
  ready: () => Promise<boolean>;
  timeoutMs: number;
  /** Last words of a program for which another start is worth trying. */
  retryOn?: RegExp;
}

export interface StopOptions {
  signal?: NodeJS.Signals;
  graceMs?: number;
}

/**
 * A program that outlives the one that starts it: its own session, its output in a log file, its identity in a
 * pid file. Any process that knows the two paths may look at it, wait for it or stop it.
 */
export class Daemon {
  private child: { pid: number; exited: boolean } | undefined;

  constructor(
    readonly name: string,
    readonly pidFile: string,
    readonly logFile: string,
  ) {}

  running(): ProcessIdentity | undefined {
    try {
      const identity = JSON.parse(readFileSync(this.pidFile, 'utf8')) as ProcessIdentity;
      if (this.child?.exited && this.child.pid === identity.pid) return undefined;
      return isStillRunning(identity) ? identity : undefined;
    } catch {
      return undefined;
    }
  }

  /** Adopts the program when it runs, else starts it, and waits until it is ready. */
  async ensure(options: EnsureOptions): Promise<void> {
    const deadline = performance.now() + options.timeoutMs;
    for (;;) {
      const adopted = this.running() !== undefined;
      if (!adopted) await this.start(await options.command());
      try {
        return await this.waitReady(options.ready, Math.max(1_000, deadline - performance.now()));
      } catch (error) {
        // What was adopted may have been dying; what was started may have to wait for what the last one left.
        const worthAnother = adopted || options.retryOn?.test(this.lastLines(3));
        if (this.running() || !worthAnother || performance.now() > deadline) throw error;
      }
    }
  }

  private async start(what: DaemonCommand): Promise<void> {
    mkdirSync(dirname(this.pidFile), { recursive: true, mode: 0o700 });
    mkdirSync(dirname(this.logFile), { recursive: true, mode: 0o700 });
    this.rotate();
    const log = openSync(this.logFile, 'a', 0o600);
    try {
      const child = spawn(what.command, what.args, {
        detached: true,
        stdio: ['ignore', log, log],
        env: what.env,
        cwd: what.cwd ?? '/',
      });
      const pid = await new Promise<number>((resolve, reject) => {
        child.once('spawn', () => resolve(child.pid as number));
        child.once('error', (error) =>
          reject(new LaunchError(`${this.name}: ${what.command} can't be run: ${error.message}.`, { cause: error })),
        );
      });
      const own = { pid, exited: false };
      this.child = own;
      child.once('exit', () => {
        own.exited = true;
      });
      child.unref();
      const identity = identify(pid);
      if (!identity) throw new LaunchError(`${this.name} ended at once:\n${this.lastLines()}`);
      writeFileSync(this.pidFile, JSON.stringify(identity), { mode: 0o600 });
    } finally {
      closeSync(log);
    }
  }

  /** Waits for `ready`; ends early, with the last lines of the log, when the program dies first. */
  private async waitReady(ready: () => Promise<boolean>, timeoutMs: number): Promise<void> {
    await waitFor(
      async () => {
        if (await ready()) return true;
        if (!this.running()) throw new LaunchError(`${this.name} ended while it started:\n${this.lastLines()}`);
        return false;
      },
      { what: `The start of ${this.name} (log: ${this.logFile})`, timeoutMs },
    );
  }

  /** Asks it to end, then makes it end. Quiet when it does not run. */
  async stop(options: StopOptions = {}): Promise<void> {
    const identity = this.running();
    if (identity) {
      signalIfStillRunning(identity, options.signal ?? 'SIGTERM');
      const gone = () => this.child?.exited || !isStillRunning(identity);
      try {
        await waitFor(gone, { what: `The end of ${this.name}`, timeoutMs: options.graceMs ?? 10_000, intervalMs: 20 });
      } catch {
        signalIfStillRunning(identity, 'SIGKILL');
        await waitFor(gone, { what: `The end of ${this.name} after SIGKILL`, timeoutMs: 10_000, intervalMs: 20 });
      }
    }
    rmSync(this.pidFile, { force: true });
  }

  lastLines(count = 15): string {
    try {
      return readFileSync(this.logFile, 'utf8').trimEnd().split('\n').slice(-count).join('\n');
    } catch {
      return '(nothing was logged)';
    }
  }

  private rotate(): void {
    try {
      if (statSync(this.logFile).size > rotateAboveBytes) renameSync(this.logFile, `${this.logFile}.1`);
    } catch {
      // no log yet
    }
  }
}
