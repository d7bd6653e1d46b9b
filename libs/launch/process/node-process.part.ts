import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { LaunchError } from '../launch-error.js';
import { Part, type PartStatus } from '../part.js';
import { StateFolder } from '../state/state-folder.js';
import type { Daemon } from './daemon.js';
import { checkHealth } from './health-check.js';
import { allocatorEnvironment } from './node-options.js';
import { entering, type Namespaces } from './namespaces.js';

export interface NodeProcessOptions {
  name: string;
  /** The compiled program. */
  entry: string;
  args?: readonly string[];
  /** All that it gets to see; nothing is inherited. */
  env: NodeJS.ProcessEnv;
  /** Answers 200 when the process is ready. */
  healthUrl: string;
  /** Options of the runtime, before the program's name. */
  nodeOptions?: readonly string[];
  /** How long it may take to become ready. */
  readyMs?: number;
  /** Where it runs, when not beside this process. */
  namespaces?: Namespaces;
}

/**
 * One of the platform's own processes. It is started again when it was started with another program or another
 * configuration than it would be now, and left alone otherwise.
 */
export class NodeProcessPart extends Part {
  readonly name: string;
  private readonly daemon: Daemon;
  private readonly fingerprintFile: string;

  constructor(
    private readonly state: StateFolder,
    private readonly options: NodeProcessOptions,
  ) {
    super();
    this.name = options.name;
    this.daemon = state.daemon(options.name);
    this.fingerprintFile = state.file('pids', `${options.name}.started-with`);
  }

  isRunning(): boolean {
    return this.daemon.running() !== undefined;
  }

  async start(): Promise<void> {
    const { entry, args = [], env, nodeOptions = [] } = this.options;
    if (!existsSync(entry)) throw new LaunchError(`${entry} is missing: the build is not complete.`);
    if (this.isRunning() && !this.isCurrent()) await this.stop();
    await this.daemon.ensure({
      command: () => {
        this.state.writePrivate(this.fingerprintFile, this.fingerprint());
        return {
          ...entering(this.options.namespaces, process.execPath, [...nodeOptions, entry, ...args]),
          env: { ...allocatorEnvironment, ...env },
        };
      },
      ready: async () => (await checkHealth(this.options.healthUrl)).ready,
      timeoutMs: this.options.readyMs ?? 60_000,
    });
  }

  async status(): Promise<PartStatus> {
    const identity = this.daemon.running();
    const address = new URL(this.options.healthUrl).host;
    if (!identity) return { name: this.name, state: 'stopped', address };
    const { ready, sentence } = await checkHealth(this.options.healthUrl);
    return { name: this.name, state: ready ? 'running' : 'unhealthy', pid: identity.pid, address, sentence };
  }

  async stop(): Promise<void> {
    await this.daemon.stop({ graceMs: 20_000 });
    rmSync(this.fingerprintFile, { force: true });
  }

  private isCurrent(): boolean {
    try {
      return readFileSync(this.fingerprintFile, 'utf8') === this.fingerprint();
    } catch {
      return false;
    }
  }

  private fingerprint(): string {
    const { entry, args = [], env, nodeOptions = [] } = this.options;
    const ours = Object.entries(env).filter(([name]) => /^PIERHEAD_|_URL$/.test(name));
    return createHash('sha256')
      .update(JSON.stringify([process.execPath, nodeOptions, entry, buildTime(entry), args, ours.sort()]))
      .digest('hex');
  }
}

/** When the build that the program belongs to was made: its stamp's time, or the program's own. */
function buildTime(entry: string): number {
  const root = entry.lastIndexOf('/dist/');
  const stamp = root < 0 ? '' : `${entry.slice(0, root)}/dist/.stamp`;
  return statSync(stamp !== '' && existsSync(stamp) ? stamp : entry).mtimeMs;
}
