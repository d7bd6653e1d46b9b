import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identify, isStillRunning, signalIfStillRunning, type ProcessIdentity } from '#libs/platform/process/proc.js';
import { ShareProblem } from './shell.js';

const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const longestLogBytes = 10 * 1024 * 1024;

/**
 * The node’s NFS server: one process, which survives the agent and is taken up again by the next one. Known by a pid
 * file, never looked for by name.
 */
export class GaneshaProcess {
  private readonly pidFile: string;
  private readonly logFile: string;
  private child: { pid: number; exited: boolean } | null = null;

  constructor(
    private readonly folder: string,
    private readonly configuration: string,
    private readonly onExit: () => void = () => undefined,
  ) {
    this.pidFile = join(folder, 'ganesha.pid');
    this.logFile = join(folder, 'ganesha.log');
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

  /** Starts it with the configuration on disk. Resolves when the process is there, not when it serves. */
  async start(): Promise<void> {
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    const output = openSync(this.logFile, 'a', 0o600);
    try {
      const own = join(this.folder, 'ganesha.own.pid');
      rmSync(own, { force: true });
      const child = spawn('ganesha.nfsd', ['-F', '-f', this.configuration, '-L', this.logFile, '-p', own], {
        cwd: this.folder,
        detached: true,
        stdio: ['ignore', output, output],
        // It takes a name on the system’s bus that another one of this machine may have; nothing here asks it by that.
        env: { PATH: searchPath, LANG: 'C.UTF-8', DBUS_SYSTEM_BUS_ADDRESS: `unix:path=${join(this.folder, 'no-bus')}` },
      });
      const pid = await new Promise<number>((resolve, reject) => {
        child.once('spawn', () => resolve(child.pid as number));
        child.once('error', (error) => reject(unusable(error)));
      });
      const started = { pid, exited: false };
      this.child = started;
      child.once('exit', () => {
        started.exited = true;
        this.onExit();
      });
      child.unref();
      const identity = identify(pid);
      if (!identity) throw new ShareProblem('The NFS server ended at once; its log says why.');
      writeFileSync(this.pidFile, JSON.stringify(identity), { mode: 0o600 });
    } finally {
      closeSync(output);
    }
  }

  /** It reads its exports anew: those that stay as they were are not disturbed. */
  reload(): void {
    const identity = this.running();
    if (identity) signalIfStillRunning(identity, 'SIGHUP');
  }

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

  trimLog(): void {
    try {
      if (statSync(this.logFile).size > longestLogBytes) truncateSync(this.logFile, 0);
    } catch {
      // There is none yet.
    }
  }
}

const unusable = (error: NodeJS.ErrnoException): ShareProblem =>
  error.code === 'ENOENT'
    ? new ShareProblem('No NFS server is installed on this node: install nfs-ganesha and nfs-ganesha-vfs.')
    : new ShareProblem(`The NFS server can’t be run: ${error.message}.`);
