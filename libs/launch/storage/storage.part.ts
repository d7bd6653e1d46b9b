import { join } from 'node:path';
import { LaunchError } from '../launch-error.js';
import { Part, type PartStatus } from '../part.js';
import { Daemon } from '../process/daemon.js';
import { waitFor } from '../process/wait.js';

export interface StoragePartOptions {
  /** The agent's state, below which file shares are. */
  agentFolder: string;
  host: string;
  port: number;
}

/** The local node's NFS server. Its agent starts it and looks after it; it is here to be waited for and stopped. */
export class StoragePart extends Part {
  readonly name = 'storage';
  private readonly daemon: Daemon;

  constructor(private readonly options: StoragePartOptions) {
    super();
    const folder = join(options.agentFolder, 'storage', 'ganesha');
    this.daemon = new Daemon(this.name, join(folder, 'ganesha.pid'), join(folder, 'ganesha.log'));
  }

  /** Waits until the agent has started it. */
  async start(): Promise<void> {
    try {
      await waitFor(() => this.isRunning(), { what: 'The NFS server', timeoutMs: 30_000, intervalMs: 50 });
    } catch (error) {
      const said = this.daemon.lastLines(2);
      throw new LaunchError(
        `${(error as Error).message} The agent’s log and this say why: ${said}. ` +
          'PIERHEAD_NODE_ROLES=edge starts a node without one.',
      );
    }
  }

  isRunning(): boolean {
    return this.daemon.running() !== undefined;
  }

  status(): Promise<PartStatus> {
    const identity = this.daemon.running();
    const address = `${this.options.host}:${this.options.port} (NFS 4)`;
    return Promise.resolve(
      identity
        ? { name: this.name, state: 'running', pid: identity.pid, address }
        : { name: this.name, state: 'stopped', address },
    );
  }

  async stop(): Promise<void> {
    await this.daemon.stop();
  }
}
