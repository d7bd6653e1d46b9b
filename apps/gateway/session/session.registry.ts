import { Injectable } from '@nestjs/common';
import type { AgentMessage, Hello } from '#libs/agent-protocol/generated/pierhead/agent/v1/agent.js';
import { helloFromWire } from '#libs/agent-protocol/report.translate.js';
import { toServiceError } from '#libs/agent-protocol/status.translate.js';
import { AgentDirectory, WakeUps } from '#libs/core/agent/agent-directory.port.js';
import { DomainError } from '#libs/domain/error.js';
import { Slots } from '#libs/platform/concurrency/slots.js';
import type { Log } from '#libs/platform/log.js';
import { GatewayLog } from '../gateway.log.js';
import { GatewaySettings } from '../gateway.settings.js';
import type { CallPeer } from '../server/call-peer.js';
import { PendingStreams } from '../stream/pending-streams.js';
import { NodeSession, type SessionCall } from './node.session.js';
import { SessionParts } from './session.part.js';

const helloWithinMs = 5_000;
/** Sessions that one gateway lets poll in a second; with more of them each polls less often. */
const pollsPerSecond = 200;

/** The sessions of this gateway: accepts them, keeps the directory told of them, and ends them in time. */
@Injectable()
export class SessionRegistry {
  private readonly sessions = new Map<string, NodeSession>();
  private readonly closing = new Set<Promise<void>>();
  private readonly slots: Slots;
  private readonly log: Log;
  private timer: NodeJS.Timeout | undefined;
  private touching = false;
  /** The directory answered last time; its absence is logged once, not with every heartbeat. */
  private told = true;
  private draining = false;
  private unsubscribe: () => void = () => undefined;

  constructor(
    private readonly settings: GatewaySettings,
    private readonly directory: AgentDirectory,
    private readonly wakeUps: WakeUps,
    private readonly pending: PendingStreams,
    private readonly parts: SessionParts,
    { log }: GatewayLog,
  ) {
    this.log = log;
    this.slots = new Slots(settings.parallelCalls);
  }

  get size(): number {
    return this.sessions.size;
  }

  sessionOf(nodeId: string): NodeSession | null {
    return this.sessions.get(nodeId) ?? null;
  }

  start(): void {
    this.unsubscribe = this.wakeUps.onNode((nodeId) => this.sessions.get(nodeId)?.sender.kick());
    this.timer = setInterval(() => this.tick(), Math.min(1_000, this.settings.heartbeatMs));
  }

  /** Ends every session, so that agents go to another gateway, and waits until the directory knows. */
  async drain(): Promise<void> {
    this.draining = true;
    clearInterval(this.timer);
    this.unsubscribe();
    for (const session of [...this.sessions.values()]) session.drain();
    await Promise.all(this.closing);
  }

  /** A node's new call: its first message has to be its hello. */
  accept(call: SessionCall, peer: CallPeer & { kind: 'node' }): void {
    if (this.draining) throw new DomainError('unavailable', 'This gateway is stopping.');
    const refuse = (error: unknown) => {
      clearTimeout(late);
      if (!(error instanceof DomainError))
        this.log.error({ node: peer.nodeId, err: error }, 'A session failed to open.');
      call.emit('error', toServiceError(error));
    };
    const late = setTimeout(() => refuse(new DomainError('timeout', 'No hello arrived.')), helloWithinMs);
    call.once('cancelled', () => clearTimeout(late));
    call.on('error', () => clearTimeout(late));
    call.once('data', ({ message }: AgentMessage) => {
      clearTimeout(late);
      call.pause();
      if (message?.$case !== 'hello') return refuse(new DomainError('invalid', 'The first message has to be a hello.'));
      this.open(call, peer, message.value).catch(refuse);
    });
  }

  private async open(call: SessionCall, peer: CallPeer & { kind: 'node' }, hello: Hello): Promise<void> {
    const { nodeId, serial } = peer;
    const { gatewayId, heartbeatMs } = this.settings;
    const told = helloFromWire(hello);
    const { epoch } = await this.slots.run(() => this.directory.openSession(nodeId, serial, gatewayId, told));
    const session = new NodeSession({
      nodeId,
      epoch,
      call,
      directory: this.directory,
      slots: this.slots,
      log: this.log,
      heartbeatMs,
      validTo: peer.validTo,
      onStreamRefused: (streamId, error) => this.pending.refuse(nodeId, streamId, error),
      onWelcomed: (begun) => this.parts.all.forEach((part) => part.begin(begun, told)),
      onOther: (from, message) => this.parts.all.forEach((part) => part.receive(from, message)),
      onEnd: (ended) => this.ended(ended),
    });
    const older = this.sessions.get(nodeId);
    if (older && older.epoch > epoch) throw new DomainError('stale', 'A newer session of this node is open.');
    older?.supersede('A newer session of this node was opened.');
    if (call.cancelled || this.draining) {
      this.forget(session);
      throw new DomainError('unavailable', 'This gateway is stopping.');
    }
    this.sessions.set(nodeId, session);
    this.log.info({ node: nodeId, epoch, engine: hello.engineKind }, 'A session was opened.');
    session.begin();
    call.resume();
  }

  private ended(session: NodeSession): void {
    if (this.sessions.get(session.nodeId) === session) this.sessions.delete(session.nodeId);
    this.pending.nodeLeft(session.nodeId, session.superseded);
    for (const part of this.parts.all) part.end(session);
    this.log.info({ node: session.nodeId, epoch: session.epoch }, 'A session ended.');
    this.forget(session);
  }

  private forget({ nodeId, epoch }: NodeSession): void {
    const closed = this.slots
      .run(() => this.directory.closeSession(nodeId, epoch))
      .catch((error: unknown) => this.log.warn({ node: nodeId, err: error }, 'The end of a session was not noted.'))
      .finally(() => this.closing.delete(closed));
    this.closing.add(closed);
  }

  private tick(): void {
    const now = Date.now();
    const silentAfterMs = Math.max(3_000, this.settings.heartbeatMs * 6);
    const pollMs = Math.max(this.settings.pollMs, (this.sessions.size / pollsPerSecond) * 1_000);
    for (const session of this.sessions.values()) {
      if (session.heldBack) session.seenAt = now;
      if (now - session.seenAt > silentAfterMs) session.abandon();
      else session.sender.poll(now, pollMs);
    }
    if (!this.touching) void this.touch();
  }

  private async touch(): Promise<void> {
    const heard = [...this.sessions.values()].filter((session) => session.seen || session.heldBack);
    if (heard.length === 0) return;
    this.touching = true;
    for (const session of heard) session.seen = false;
    try {
      const over = await this.directory.touch(heard.map(({ nodeId, epoch }) => ({ nodeId, epoch })));
      if (!this.told) this.log.info('The directory answers again.');
      this.told = true;
      for (const { nodeId, reason } of over) {
        const session = heard.find((candidate) => candidate.nodeId === nodeId);
        session?.supersede(reason);
      }
    } catch (error) {
      for (const session of heard) session.seen = true;
      if (this.told) this.log.warn({ err: error }, 'The directory could not be told which nodes were heard.');
      this.told = false;
    } finally {
      this.touching = false;
    }
  }
}
