import { Injectable } from '@nestjs/common';
import type { ClientDuplexStream } from '@grpc/grpc-js';
import { channelOptions, gatewayCredentials, type TlsIdentity } from '#libs/agent-protocol/channel.js';
import { GatewayPeerClient, type StreamFrame } from '#libs/agent-protocol/generated/pierhead/agent/v1/agent.js';
import { DomainError } from '#libs/domain/error.js';

/** Channels to the other gateways, one each. */
@Injectable()
export class GatewayPeers {
  private readonly clients = new Map<string, GatewayPeerClient>();
  private identity: TlsIdentity | null = null;

  use(identity: TlsIdentity): void {
    this.identity = identity;
  }

  open(address: string): ClientDuplexStream<StreamFrame, StreamFrame> {
    if (!this.identity) throw new DomainError('unavailable', 'This gateway is not ready yet.');
    let client = this.clients.get(address);
    if (!client) {
      client = new GatewayPeerClient(address, gatewayCredentials(this.identity), channelOptions);
      this.clients.set(address, client);
    }
    return client.open();
  }

  close(): void {
    for (const client of this.clients.values()) client.close();
    this.clients.clear();
  }
}
