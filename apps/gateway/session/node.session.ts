import type { ServerDuplexStream } from '@grpc/grpc-js';
import { writable } from '#libs/agent-protocol/frame.js';
import type { AgentMessage, GatewayMessage, Report } from '#libs/agent-protocol/generated/pierhead/agent/v1/agent.js';
import { reportFromWire } from '#libs/agent-protocol/report.translate.js';
import { toServiceError } from '#libs/agent-protocol/status.translate.js';
import type { AgentDirectory } from '#libs/core/agent/agent-directory.port.js';
import { DomainError } from '#libs/domain/error.js';
import type { Slots } from '#libs/platform/concurrency/slots.js';
import type { Log } from '#libs/platform/log.js';
import { AssignmentSender } from './assignment.sender.js';
import { ReportWriter } from './report.writer.js';
import type { Incoming } from './session.part.js';
import type { Outgoing, SessionLink } from './session.port.js';

export type SessionCall = ServerDuplexStream<AgentMessage, GatewayMessage>;

export interface NodeSessionOptions {
  nodeId: string;
  epoch: number;
  call: SessionCall;
  directory: AgentDirectory;
  slots: Slots;
  log: Log;
  heartbeatMs: number;
  /** When its certificate ends: an agent renews and reconnects well before, one that did not is let go. */
  validTo: number;
  onStreamRefused(streamId: string, error: DomainError): void;
  /** What is neither of containers nor of streams. */
  onOther(session: NodeSession, message: Incoming): void;
  onWelcomed(session: NodeSession): void;
  onEnd(session: NodeSession): void;
}

/** One agent's open session on this gateway. */
export class NodeSession implements SessionLink {
  readonly nodeId: string;
  readonly epoch: number;
  readonly sender: AssignmentSender;
  /** When its agent was last heard, in milliseconds since the epoch. */
  seenAt = Date.now();
  /** It was heard since the directory was last told. */
  seen = true;
  /** The directory said that this session is not the current one, or its node is revoked. */
  superseded = false;
  private readonly writer: ReportWriter;
  private over = false;
  private expiry: NodeJS.Timeout | undefined;

  constructor(private readonly options: NodeSessionOptions) {
    const { nodeId, epoch, directory, slots, log, call } = options;
    this.nodeId = nodeId;
    this.epoch = epoch;
    this.sender = new AssignmentSender(this, directory, slots, log);
    this.writer = new ReportWriter(this, directory, slots, log, () => call.resume());
  }

  get open(): boolean {
    return !this.over;
  }

  /** While it is held back its silence is ours. */
  get heldBack(): boolean {
    return this.writer.full;
  }

  begin(): void {
    const { call, heartbeatMs, nodeId, epoch, validTo } = this.options;
    call.on('data', (message: AgentMessage) => this.receive(message));
    call.on('end', () => this.close());
    call.on('cancelled', () => this.finish());
    call.on('error', () => this.finish());
    const value = { nodeId, sessionEpoch: epoch, heartbeatIntervalMs: heartbeatMs };
    void this.send({ $case: 'welcome', value });
    const lifeMs = Math.min(2 ** 31 - 1, Math.max(0, validTo - Date.now()));
    this.expiry = setTimeout(() => this.close(), lifeMs).unref();
    this.sender.kick();
    this.options.onWelcomed(this);
  }

  async send(message: Outgoing): Promise<boolean> {
    const { call } = this.options;
    if (this.over || call.destroyed || call.writableEnded) return false;
    if (call.write({ message })) return true;
    return writable(call);
  }

  supersede(reason: string): void {
    if (this.over) return;
    this.superseded = true;
    void this.send({ $case: 'superseded', value: { reason } });
    this.close();
  }

  /** The agent may come back at once, to whichever gateway. */
  drain(): void {
    this.close();
  }

  /** The agent went silent. */
  abandon(): void {
    if (this.over) return;
    const error = new DomainError('timeout', 'The agent was not heard in time.');
    this.finish();
    this.options.call.emit('error', toServiceError(error));
  }

  private close(): void {
    if (this.over) return;
    this.finish();
    this.options.call.end();
  }

  private finish(): void {
    if (this.over) return;
    this.over = true;
    clearTimeout(this.expiry);
    this.options.onEnd(this);
  }

  private receive({ message }: AgentMessage): void {
    if (this.over) return;
    this.seenAt = Date.now();
    this.seen = true;
    switch (message?.$case) {
      case 'heartbeat':
        void this.send({ $case: 'heartbeat', value: { nextWithinMs: this.options.heartbeatMs * 2 } });
        return;
      case 'report':
        return this.take(message.value);
      case 'applied':
        return this.writer.addApplied(message.value.generation);
      case 'streamRefused': {
        const { streamId, code, message: sentence } = message.value;
        const known = code === 'unavailable' ? 'unavailable' : 'not-found';
        return this.options.onStreamRefused(streamId, new DomainError(known, sentence));
      }
      case 'hello': // only once, before the session began
      case undefined:
        return;
      default:
        if (message) this.options.onOther(this, message);
    }
  }

  private take({ containers }: Report): void {
    const reports = containers.map(reportFromWire).filter((report) => report !== null);
    if (reports.length > 0) this.writer.add(reports);
    if (this.writer.full) this.options.call.pause();
  }
}
