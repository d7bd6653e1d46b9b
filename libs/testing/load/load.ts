import { Agent, request } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';

export interface LoadOptions {
  /** This machine's loopback unless given. */
  address?: string;
  port: number;
  host: string;
  ca?: string;
  /** Connections that are kept, and used again at once. */
  kept?: number;
  /** Connections of one request each, one after the other. */
  single?: number;
  method?: string;
  /** Between two requests on one connection. */
  pauseMs?: number;
  path?: string;
}

/** Steady requests, every one of them counted: whatever is not a 200 with its whole body is a failure. */
export class Load {
  ok = 0;
  /** Of a request that was answered. */
  longestMs = 0;
  readonly failures: string[] = [];
  private readonly began = performance.now();
  readonly bodies = new Map<string, number>();
  private stopping = false;
  private readonly agents: (Agent | TlsAgent)[] = [];
  private readonly loops: Promise<void>[];

  constructor(private readonly options: LoadOptions) {
    const { kept = 6, single = 3 } = options;
    this.loops = [
      ...Array.from({ length: kept }, () => this.loop(this.agent(true))),
      ...Array.from({ length: single }, () => this.loop(this.agent(false))),
    ];
  }

  get total(): number {
    return this.ok + this.failures.length;
  }

  /** Resolves when `count` more requests were answered, so that what was just done was under load. */
  async more(count: number): Promise<void> {
    const until = this.total + count;
    while (this.total < until && !this.stopping) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await Promise.all(this.loops);
    for (const agent of this.agents) agent.destroy();
  }

  private agent(keepAlive: boolean): Agent | TlsAgent {
    const options = { keepAlive, maxSockets: 1 };
    const agent = this.options.ca ? new TlsAgent(options) : new Agent(options);
    this.agents.push(agent);
    return agent;
  }

  private async loop(agent: Agent | TlsAgent): Promise<void> {
    while (!this.stopping) {
      const began = performance.now();
      try {
        const { status, body } = await this.once(agent);
        if (status === 200) this.ok += 1;
        else this.fail(`${status}: ${body.split('\n')[0]?.slice(0, 60)}`);
        this.longestMs = Math.max(this.longestMs, Math.round(performance.now() - began));
        this.bodies.set(body, (this.bodies.get(body) ?? 0) + 1);
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        this.fail(code ?? message);
      }
      if (this.options.pauseMs) await new Promise((resolve) => setTimeout(resolve, this.options.pauseMs));
    }
  }

  private fail(reason: string): void {
    this.failures.push(`${reason} after ${Math.round(performance.now() - this.began)} ms`);
  }

  private once(agent: Agent | TlsAgent): Promise<{ status: number; body: string }> {
    const { address = '127.0.0.1', port, host, ca, method = 'GET', path = '/' } = this.options;
    return new Promise((resolve, reject) => {
      const ask = ca ? tlsRequest : request;
      const tls = ca ? { ca, servername: host } : {};
      const call = ask({ host: address, port, path, method, agent, headers: { host }, ...tls }, (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (text: string) => (body += text));
        response.once('error', reject);
        response.once('aborted', () => reject(new Error('The answer broke off.')));
        response.once('end', () => resolve({ status: response.statusCode ?? 0, body }));
      });
      call.once('error', reject).end();
    });
  }
}
