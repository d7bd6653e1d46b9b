import type { ClientDuplexStream } from '@grpc/grpc-js';
import { writable } from '#libs/agent-protocol/frame.js';
import type {
  AgentGatewayClient,
  AgentMessage,
  GatewayMessage,
  OpenStream,
  Welcome,
} from '#libs/agent-protocol/generated/pierhead/agent/v1/agent.js';
import type { EdgeState } from '#libs/agent-protocol/generated/pierhead/agent/v1/edge.js';
import type { NetworkState } from '#libs/agent-protocol/generated/pierhead/agent/v1/network.js';
import type { StorageState } from '#libs/agent-protocol/generated/pierhead/agent/v1/storage.js';
import type { NodeReport } from '#libs/agent-protocol/node-assignment.js';
import { reportToWire } from '#libs/agent-protocol/report.translate.js';
import type { AssignmentInbox } from './assignment.inbox.js';

type Outgoing = NonNullable<AgentMessage['message']>;

/** Why a session ended: `superseded` and `refused` are not cured by trying again at once. */
export type SessionEnd = { kind: 'lost' | 'superseded' | 'refused' | 'closed'; reason: string; welcomed: boolean };

export interface SessionEvents {
  welcomed(session: AgentSession, welcome: Welcome): void;
  stored(sequence: number): void;
  openStream(session: AgentSession, request: OpenStream): void;
  closeStream(streamId: string): void;
  /** Of routes, to a node with the edge role. */
  edgeState(state: EdgeState): void;
  network(session: AgentSession, state: NetworkState): void;
  storage(state: StorageState): void;
}

const welcomeWithinMs = 5_000;
const shortestSilenceMs = 2_000;

/** One session with one gateway, from hello to its end. It never outlives its call. */
export class AgentSession {
  readonly ended: Promise<SessionEnd>;
  private settle: (end: SessionEnd) => void = () => undefined;
  private over = false;
  private welcome: Welcome | null = null;
  private heartbeat: NodeJS.Timeout | undefined;
  private silence: NodeJS.Timeout | undefined;
  private silenceMs = welcomeWithinMs;
  private inOrder: Promise<void> = Promise.resolve();

  constructor(
    readonly client: AgentGatewayClient,
    private readonly call: ClientDuplexStream<AgentMessage, GatewayMessage>,
    private readonly inbox: AssignmentInbox,
    private readonly events: SessionEvents,
  ) {
    this.ended = new Promise((resolve) => (this.settle = resolve));
    call.on('data', (message: GatewayMessage) => this.receive(message));
    call.on('end', () => this.end('lost', 'The gateway closed the session.'));
    call.on('error', (error: Error & { code?: number }) => {
      const refused = error.code === 16 || error.code === 7; // unauthenticated, permission denied
      this.end(refused ? 'refused' : 'lost', error.message);
    });
    this.listen();
  }

  get open(): boolean {
    return !this.over;
  }

  /** Resolves when the session takes more; false when it is over. */
  async send(message: Outgoing): Promise<boolean> {
    if (this.over) return false;
    if (this.call.write({ message })) return true;
    return writable(this.call);
  }

  report(reports: NodeReport[]): Promise<boolean> {
    return this.send({ $case: 'report', value: { containers: reports.map(reportToWire) } });
  }

  end(kind: SessionEnd['kind'], reason: string): void {
    if (this.over) return;
    this.over = true;
    clearInterval(this.heartbeat);
    clearTimeout(this.silence);
    if (kind === 'closed') this.call.end();
    else this.call.cancel();
    this.settle({ kind, reason, welcomed: this.welcome !== null });
  }

  private receive({ message }: GatewayMessage): void {
    if (this.over || !message) return;
    this.listen();
    switch (message.$case) {
      case 'welcome':
        return this.begin(message.value);
      case 'assignments':
        return this.apply(() => this.inbox.set(message.value));
      case 'change':
        return this.apply(() => this.inbox.change(message.value));
      case 'heartbeat':
        this.silenceMs = Math.max(shortestSilenceMs, message.value.nextWithinMs * 2);
        return;
      case 'reportStored':
        return this.events.stored(message.value.sequence);
      case 'openStream':
        return this.events.openStream(this, message.value);
      case 'closeStream':
        return this.events.closeStream(message.value.streamId);
      case 'edge':
        return this.events.edgeState(message.value);
      case 'network':
        return this.events.network(this, message.value);
      case 'storage':
        return this.events.storage(message.value);
      case 'superseded':
        return this.end('superseded', message.value.reason);
    }
  }

  private begin(welcome: Welcome): void {
    this.welcome = welcome;
    this.silenceMs = Math.max(shortestSilenceMs, welcome.heartbeatIntervalMs * 4);
    const beat = () => void this.send({ $case: 'heartbeat', value: { sentAt: Date.now() } });
    this.heartbeat = setInterval(beat, welcome.heartbeatIntervalMs);
    this.events.welcomed(this, welcome);
  }

  private apply(act: () => Promise<number | null>): void {
    this.inOrder = this.inOrder
      .then(async () => {
        if (this.over) return;
        const generation = await act();
        if (generation !== null) await this.send({ $case: 'applied', value: { generation } });
      })
      .catch((error: unknown) => this.end('lost', error instanceof Error ? error.message : 'It could not be applied.'));
  }

  private listen(): void {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.end('lost', 'The gateway fell silent.'), this.silenceMs);
  }
}
