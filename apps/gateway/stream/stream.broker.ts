import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { StreamFrame, StreamRequest } from '#libs/agent-protocol/generated/pierhead/agent/v1/agent.js';
import { toServiceError } from '#libs/agent-protocol/status.translate.js';
import { DomainError } from '#libs/domain/error.js';
import { GatewaySettings } from '../gateway.settings.js';
import { SessionRegistry } from '../session/session.registry.js';
import { PendingStreams, type AgentCall } from './pending-streams.js';

const attachWithinMs = 5_000;

/** Gets streams from the agents whose sessions are on this gateway. */
@Injectable()
export class StreamBroker {
  constructor(
    private readonly settings: GatewaySettings,
    private readonly sessions: SessionRegistry,
    private readonly pending: PendingStreams,
  ) {}

  holds(nodeId: string): boolean {
    return this.sessions.sessionOf(nodeId) !== null;
  }

  /** The agent's call for the request, paused. Throws `not-found`, `unavailable` or `timeout`. */
  async open(nodeId: string, request: StreamRequest): Promise<{ call: AgentCall; close: () => void }> {
    const session = this.sessions.sessionOf(nodeId);
    if (!session) throw new DomainError('unavailable', 'The node is not connected.');
    const streamId = randomUUID();
    const arrival = this.pending.expect(nodeId, streamId, this.settings.streamOpenMs);
    void session.send({ $case: 'openStream', value: { streamId, request } });
    const close = () => void session.send({ $case: 'closeStream', value: { streamId } });
    return { call: await arrival, close };
  }

  /** An agent's call: its first frame says which stream it is. */
  attach(call: AgentCall, nodeId: string): void {
    const refuse = () =>
      call.emit('error', toServiceError(new DomainError('not-found', 'Nobody waits for that stream.')));
    const late = setTimeout(refuse, attachWithinMs);
    call.on('error', () => clearTimeout(late));
    call.once('close', () => clearTimeout(late));
    call.once('data', ({ frame }: StreamFrame) => {
      clearTimeout(late);
      call.pause();
      if (frame?.$case !== 'attach' || !this.pending.attach(nodeId, frame.value, call)) refuse();
    });
  }
}
