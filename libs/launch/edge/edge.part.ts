import { request } from 'node:http';
import { join } from 'node:path';
import { LaunchError } from '../launch-error.js';
import { Part, type PartStatus } from '../part.js';
import { Daemon } from '../process/daemon.js';
import { waitFor } from '../process/wait.js';

export interface EdgePartOptions {
  /** The agent's state, below which its load balancer keeps its own. */
  agentFolder: string;
  /** Where the public's ports listen. */
  host: string;
  httpPort: number;
  httpsPort: number;
}

/** The local node's load balancer. Its agent starts it and looks after it; it is here to be waited for and stopped. */
export class EdgePart extends Part {
  readonly name = 'edge';
  private readonly daemon: Daemon;

  constructor(private readonly options: EdgePartOptions) {
    super();
    const folder = join(options.agentFolder, 'edge');
    this.daemon = new Daemon(this.name, join(folder, 'haproxy.pid'), join(folder, 'haproxy.log'));
  }

  /** Waits until the agent has started it. */
  async start(): Promise<void> {
    try {
      await waitFor(() => this.answers(), { what: 'The load balancer', timeoutMs: 30_000, intervalMs: 50 });
    } catch (error) {
      const said = this.daemon.lastLines(2);
      throw new LaunchError(
        `${(error as Error).message} The agent’s log and this say why: ${said}. ` +
          'PIERHEAD_NODE_ROLES=none starts a node without one.',
      );
    }
  }

  isRunning(): boolean {
    return this.daemon.running() !== undefined;
  }

  async status(): Promise<PartStatus> {
    const identity = this.daemon.running();
    const { host, httpPort, httpsPort } = this.options;
    const address = `${host}:${httpPort}, ${host}:${httpsPort} (TLS)`;
    if (!identity) return { name: this.name, state: 'stopped', address };
    return {
      name: this.name,
      state: (await this.answers()) ? 'running' : 'unhealthy',
      pid: identity.pid,
      address,
    };
  }

  async stop(): Promise<void> {
    await this.daemon.stop();
  }

  /** Whatever it says is an answer: without routes that is a 404. */
  private answers(): Promise<boolean> {
    const { host, httpPort } = this.options;
    if (!this.isRunning()) return Promise.resolve(false);
    return new Promise((resolve) => {
      const reached = host === '0.0.0.0' ? '127.0.0.1' : host;
      const call = request({ host: reached, port: httpPort, agent: false, timeout: 2_000 }, (response) => {
        response.resume();
        resolve(true);
      });
      call.once('timeout', () => call.destroy());
      call.once('error', () => resolve(false)).end();
    });
  }
}
