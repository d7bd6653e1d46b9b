import { channelOptions, gatewayCredentials, type TlsIdentity } from '#libs/agent-protocol/channel.js';
import {
  AgentGatewayClient,
  type AgentMessage,
  type Hello,
} from '#libs/agent-protocol/generated/pierhead/agent/v1/agent.js';
import type { Log } from '#libs/platform/log.js';
import { AssignmentInbox, type AssignmentSink } from './assignment.inbox.js';
import { Backoff, type BackoffTiming } from './backoff.js';
import { AgentSession, type SessionEnd, type SessionEvents } from './session.js';

export interface SessionTiming extends BackoffTiming {
  /** Wait after another session of the same node took over, or after a refusal. */
  supersededMs: number;
}

export const sessionTiming: SessionTiming = { firstMs: 200, longestMs: 5_000, supersededMs: 10_000 };

export interface SessionClientOptions {
  gateways: readonly string[];
  /** Asked at every dial, so that a renewed certificate is used from then on. */
  identity: () => TlsIdentity;
  hello: () => Promise<Hello>;
  sink: AssignmentSink;
  events: SessionEvents & { ended(): void };
  log: Log;
  timing?: SessionTiming;
}

/** Keeps one session with any of the gateways, for as long as it runs. */
export class SessionClient {
  private readonly timing: SessionTiming;
  private readonly backoff: Backoff;
  private readonly stopping = new AbortController();
  private current: AgentSession | null = null;
  private turn: number;
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly options: SessionClientOptions) {
    this.timing = options.timing ?? sessionTiming;
    this.backoff = new Backoff(this.timing);
    this.turn = Math.floor(Math.random() * options.gateways.length);
  }

  get connected(): boolean {
    return this.current !== null;
  }

  start(): void {
    this.running = this.run();
  }

  /** Ends the session and begins a new one at once, e.g. with a new certificate. */
  reconnect(): void {
    this.current?.end('closed', 'The agent reconnects.');
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.current?.end('closed', 'The agent stops.');
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const gateway = this.options.gateways[this.turn++ % this.options.gateways.length] ?? '';
      const end = await this.hold(gateway);
      if (signal.aborted) return;
      this.options.log.info({ gateway, end: end.kind, reason: end.reason }, 'The session with the gateway ended.');
      await this.pause(this.waitAfter(end));
    }
  }

  private waitAfter(end: SessionEnd): number {
    if (end.kind === 'closed') return 0;
    if (end.kind !== 'lost') return this.timing.supersededMs * (0.5 + Math.random());
    if (end.welcomed) this.backoff.reset();
    return this.backoff.next();
  }

  private async hold(gateway: string): Promise<SessionEnd> {
    let client: AgentGatewayClient | null = null;
    let session: AgentSession | null = null;
    const stop = () => session?.end('closed', 'The agent stops.');
    this.stopping.signal.addEventListener('abort', stop);
    try {
      const hello: AgentMessage = { message: { $case: 'hello', value: await this.options.hello() } };
      client = new AgentGatewayClient(gateway, gatewayCredentials(this.options.identity()), channelOptions);
      const call = client.session();
      const { events } = this.options;
      session = new AgentSession(client, call, new AssignmentInbox(this.options.sink), {
        welcomed: (opened, welcome) => {
          this.current = opened;
          events.welcomed(opened, welcome);
        },
        stored: (sequence) => events.stored(sequence),
        openStream: (opened, request) => events.openStream(opened, request),
        closeStream: (streamId) => events.closeStream(streamId),
        edgeState: (state) => events.edgeState(state),
        network: (opened, state) => events.network(opened, state),
        storage: (state) => events.storage(state),
      });
      call.write(hello);
      return await session.ended;
    } catch (error) {
      return { kind: 'lost', reason: error instanceof Error ? error.message : 'It failed.', welcomed: false };
    } finally {
      this.stopping.signal.removeEventListener('abort', stop);
      if (this.current) this.options.events.ended();
      this.current = null;
      client?.close();
    }
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        this.stopping.signal.removeEventListener('abort', finish);
        resolve();
      };
      const timer = setTimeout(finish, ms);
      this.stopping.signal.addEventListener('abort', finish, { once: true });
    });
  }
}
