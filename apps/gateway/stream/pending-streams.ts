import { Injectable } from '@nestjs/common';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { StreamFrame } from '#libs/agent-protocol/generated/pierhead/agent/v1/agent.js';
import { toServiceError } from '#libs/agent-protocol/status.translate.js';
import { DomainError } from '#libs/domain/error.js';

export type AgentCall = ServerDuplexStream<StreamFrame, StreamFrame>;

interface Pending {
  nodeId: string;
  resolve(call: AgentCall): void;
  reject(error: DomainError): void;
}

/** Streams that were asked of agents: those that wait for the agent's call, and those that are open. */
@Injectable()
export class PendingStreams {
  private readonly waiting = new Map<string, Pending>();
  private readonly open = new Map<AgentCall, string>();

  get openCount(): number {
    return this.open.size;
  }

  /** Resolves with the agent's call; rejects when it is refused, late, or the node leaves. */
  expect(nodeId: string, streamId: string, withinMs: number): Promise<AgentCall> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer);
        this.waiting.delete(streamId);
      };
      const timer = setTimeout(() => {
        settle();
        reject(new DomainError('timeout', 'The node did not open the stream in time.'));
      }, withinMs);
      this.waiting.set(streamId, {
        nodeId,
        resolve: (call) => (settle(), resolve(call)),
        reject: (error) => (settle(), reject(error)),
      });
    });
  }

  /** False when nobody waits for that stream of that node. */
  attach(nodeId: string, streamId: string, call: AgentCall): boolean {
    const pending = this.waiting.get(streamId);
    if (pending?.nodeId !== nodeId) return false;
    this.open.set(call, nodeId);
    call.once('close', () => this.open.delete(call));
    pending.resolve(call);
    return true;
  }

  refuse(nodeId: string, streamId: string, error: DomainError): void {
    const pending = this.waiting.get(streamId);
    if (pending?.nodeId === nodeId) pending.reject(error);
  }

  /** A session ended. What waits can't come any more; what is open ends only when the node was shut out. */
  nodeLeft(nodeId: string, shutOut: boolean): void {
    for (const pending of [...this.waiting.values()]) {
      if (pending.nodeId === nodeId) pending.reject(new DomainError('unavailable', 'The node’s session ended.'));
    }
    if (!shutOut) return;
    for (const [call, owner] of this.open) {
      if (owner === nodeId) call.emit('error', toServiceError(new DomainError('stale', 'The session is over.')));
    }
  }
}
