import { Injectable } from '@nestjs/common';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { frames, splice } from '#libs/agent-protocol/frame.js';
import type { StreamFrame, StreamOpen, StreamRequest } from '#libs/agent-protocol/generated/pierhead/agent/v1/agent.js';
import { fromServiceError } from '#libs/agent-protocol/status.translate.js';
import { AgentDirectory } from '#libs/core/agent/agent-directory.port.js';
import { DomainError } from '#libs/domain/error.js';
import type { Log } from '#libs/platform/log.js';
import { GatewayLog } from '../gateway.log.js';
import { GatewaySettings } from '../gateway.settings.js';
import { GatewayPeers } from './gateway.peers.js';
import { StreamBroker } from './stream.broker.js';

type PeerCall = ServerDuplexStream<StreamFrame, StreamFrame>;

/** Joins a peer's stream to the agent's, here or through the gateway that holds the node's session. */
@Injectable()
export class StreamRelay {
  private readonly log: Log;

  constructor(
    private readonly settings: GatewaySettings,
    private readonly directory: AgentDirectory,
    private readonly broker: StreamBroker,
    private readonly peers: GatewayPeers,
    { log }: GatewayLog,
  ) {
    this.log = log;
  }

  accept(call: PeerCall): void {
    call.on('error', () => undefined);
    call.once('data', ({ frame }: StreamFrame) => {
      call.pause();
      const joined =
        frame?.$case === 'open' && frame.value.request
          ? this.join(call, frame.value, frame.value.request)
          : Promise.reject(new DomainError('invalid', 'The first frame has to open a stream.'));
      joined.catch((error: unknown) => this.refuse(call, error));
    });
  }

  private async join(call: PeerCall, open: StreamOpen, request: StreamRequest): Promise<void> {
    if (this.broker.holds(open.nodeId)) return this.toAgent(call, open.nodeId, request);
    if (open.relayed) throw new DomainError('unavailable', 'The node is not connected to this gateway any more.');
    const holder = await this.directory.gatewayOf(open.nodeId);
    if (!holder || holder.gatewayId === this.settings.gatewayId) {
      throw new DomainError('unavailable', 'The node is not connected.');
    }
    this.toGateway(call, holder.address, open.nodeId, request);
  }

  private async toAgent(call: PeerCall, nodeId: string, request: StreamRequest): Promise<void> {
    const { call: agent, close } = await this.broker.open(nodeId, request);
    let over = false;
    const finish = (end: () => void) => {
      if (over) return;
      over = true;
      end();
    };
    // The agent may be waiting for its process to read, and so not see its call end: the session tells it.
    const readerLeft = () => finish(() => (close(), agent.end()));
    call.once('cancelled', readerLeft);
    call.once('error', readerLeft);
    if (call.cancelled) return readerLeft();
    const agentLeft = () => finish(() => this.refuse(call, new DomainError('unavailable', 'The node broke off.')));
    agent.once('cancelled', agentLeft);
    agent.once('error', agentLeft);
    // A reader's end is not passed on: a server's end would end the agent's side too. Input ends by a frame.
    splice(call, agent, () => undefined);
    splice(agent, call, () => finish(() => (call.end(), agent.end())));
    call.resume();
    agent.resume();
  }

  private toGateway(call: PeerCall, address: string, nodeId: string, request: StreamRequest): void {
    const onward = this.peers.open(address);
    let over = false;
    onward.on('error', (error) => {
      if (over) return;
      over = true;
      this.refuse(call, fromServiceError(error));
    });
    const readerLeft = () => {
      over = true;
      onward.cancel();
    };
    call.once('cancelled', readerLeft);
    call.once('error', readerLeft);
    onward.write(frames.open(nodeId, request, true));
    splice(call, onward, () => onward.end());
    splice(onward, call, () => {
      if (over) return;
      over = true;
      call.end();
      onward.end();
    });
    call.resume();
    if (call.cancelled) readerLeft();
  }

  private refuse(call: PeerCall, error: unknown): void {
    if (call.cancelled || call.writableEnded) return;
    const known = error instanceof DomainError ? error : new DomainError('internal', 'The stream could not be opened.');
    if (known !== error) this.log.error({ err: error }, 'A stream could not be opened.');
    call.write(frames.error(known));
    call.end();
  }
}
