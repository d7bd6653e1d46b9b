import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identify, isStillRunning, signalIfStillRunning, type ProcessIdentity } from '#libs/platform/process/proc.js';

/** All that such a process finds in its environment, besides what it is given. */
export const keptEnvironment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LANG: 'C.UTF-8',
};

const longestLogBytes = 10 * 1024 * 1024;

/**
 * A server of the node that its agent looks after: it survives the agent and is taken up again by the next one. Known by
 * a pid file, never looked for by name.
 */
export class KeptProcess {
  readonly logFile: string;
  private readonly pidFile: string;
  private child: { pid: number; exited: boolean } | null = null;

  constructor(
    /** Where it runs and writes. */
    private readonly folder: string,
    name: string,
    private readonly onExit: () => void,
  ) {
    this.pidFile = join(folder, `${name}.pid`);
    this.logFile = join(folder, `${name}.log`);
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

  /**
   * Resolves when the process is there, not when it serves: to false when it has ended by then.
   * @throws NodeJS.ErrnoException when the program can't be run
   */
  async start(program: string, args: readonly string[], env: Record<string, string> = {}): Promise<boolean> {
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    // Appending, so that shortening the file does not leave a hole before what is written next.
    const output = openSync(this.logFile, 'a', 0o600);
    try {
      const child = spawn(program, args, {
        cwd: this.folder,
        detached: true,
        stdio: ['ignore', output, output],
        env: { ...keptEnvironment, ...env },
      });
      const pid = await new Promise<number>((resolve, reject) => {
        child.once('spawn', () => resolve(child.pid as number));
        child.once('error', reject);
      });
      const started = { pid, exited: false };
      this.child = started;
      child.once('exit', () => {
        started.exited = true;
        this.onExit();
      });
      child.unref();
      const identity = identify(pid);
      if (identity) writeFileSync(this.pidFile, JSON.stringify(identity), { mode: 0o600 });
      return identity !== undefined;
    } finally {
      closeSync(output);
    }
  }

  signal(name: NodeJS.Signals): void {
    const identity = this.running();
    if (identity) signalIfStillRunning(identity, name);
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

  /** A long log begins anew. */
  trimLog(): void {
    try {
      if (statSync(this.logFile).size > longestLogBytes) truncateSync(this.logFile, 0);
    } catch {
      // There is none yet.
    }
  }
}
