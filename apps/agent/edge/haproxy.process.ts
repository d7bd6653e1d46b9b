import { execFile } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessIdentity } from '#libs/platform/process/proc.js';
import { KeptProcess, keptEnvironment } from '../process/kept.process.js';

const socketName = 'master.sock';
const checkWithinMs = 30_000;

/** A sentence on why the load balancer does not do what it should. */
export class HaproxyRefusal extends Error {}

/** The load balancer’s processes on this node: one master and its workers. */
export class HaproxyProcess {
  private readonly process: KeptProcess;

  constructor(
    private readonly folder: string,
    private readonly configuration: string,
    onExit: () => void = () => undefined,
  ) {
    this.process = new KeptProcess(folder, 'haproxy', onExit);
  }

  running(): ProcessIdentity | null {
    return this.process.running();
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
    // Its last words are to be this one's.
    rmSync(this.process.logFile, { force: true });
    const args = ['-W', '-S', `unix@${socketName},mode,600`, '-f', this.configuration];
    const isThere = await this.process.start('haproxy', args).catch((error: NodeJS.ErrnoException) => {
      throw unusable(error);
    });
    if (!isThere) throw new HaproxyRefusal(this.lastWords());
  }

  /** Ends it with all that it serves. Resolves when it is gone. */
  stop(): Promise<void> {
    return this.process.stop();
  }

  /** The last alert in its log, as a sentence. */
  lastWords(): string {
    try {
      const text = readFileSync(this.process.logFile, 'utf8');
      return firstAlert(text) ?? 'It ended and said nothing of why.';
    } catch {
      return 'It ended and said nothing of why.';
    }
  }

  trimLog(): void {
    this.process.trimLog();
  }

  private ask(args: string[]): Promise<{ code: number; output: string }> {
    return new Promise((resolve, reject) => {
      const options = { cwd: this.folder, env: keptEnvironment, timeout: checkWithinMs, maxBuffer: 4 * 1024 * 1024 };
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
