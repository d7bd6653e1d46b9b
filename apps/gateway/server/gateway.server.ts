import { Server, ServerCredentials, type ServerOptions, type ServerDuplexStream } from '@grpc/grpc-js';
import { Injectable } from '@nestjs/common';
import { maxMessageBytes } from '#libs/agent-protocol/channel.js';
import {
  AgentGatewayService,
  EnrollmentService,
  GatewayPeerService,
  type AgentGatewayServer,
  type EnrollmentServer,
  type GatewayPeerServer,
} from '#libs/agent-protocol/generated/pierhead/agent/v1/agent.js';
import { toServiceError } from '#libs/agent-protocol/status.translate.js';
import type { ServiceCertificate } from '#libs/core/node/enrollment.port.js';
import { EnrollmentHandler } from '../enrollment/enrollment.handler.js';
import { GatewaySettings } from '../gateway.settings.js';
import { SessionRegistry } from '../session/session.registry.js';
import { StreamBroker } from '../stream/stream.broker.js';
import { StreamRelay } from '../stream/stream.relay.js';
import { nodePeer, requirePlatformPeer } from './call-peer.js';

const agentOptions: ServerOptions = {
  'grpc.max_receive_message_length': maxMessageBytes,
  'grpc.max_send_message_length': maxMessageBytes,
  'grpc.keepalive_time_ms': 20_000,
  'grpc.keepalive_timeout_ms': 10_000,
};
/** Whoever joins is not known yet: small messages only. */
const joinOptions: ServerOptions = { 'grpc.max_receive_message_length': 64 * 1024, 'grpc.max_concurrent_streams': 8 };

/** The two listening ports: agents and peers with mutual TLS, joining nodes with server TLS only. */
@Injectable()
export class GatewayServer {
  private agents: Server | null = null;
  private joins: Server | null = null;
  port = 0;
  joinPort = 0;

  constructor(
    private readonly settings: GatewaySettings,
    private readonly enrollment: EnrollmentHandler,
    private readonly sessions: SessionRegistry,
    private readonly broker: StreamBroker,
    private readonly relay: StreamRelay,
  ) {}

  async listen(certificate: ServiceCertificate): Promise<void> {
    const { host, port, joinPort } = this.settings;
    const ca = Buffer.from(certificate.caPem);
    const pair = {
      private_key: Buffer.from(certificate.privateKeyPem),
      // With the CA, which a joining node looks for by its fingerprint.
      cert_chain: Buffer.from(`${certificate.certificatePem.trimEnd()}\n${certificate.caPem}`),
    };
    this.agents = new Server(agentOptions);
    this.agents.addService(AgentGatewayService, this.agentGateway());
    this.agents.addService(GatewayPeerService, this.gatewayPeer());
    this.joins = new Server(joinOptions);
    this.joins.addService(EnrollmentService, this.enrollmentService());
    this.port = await bind(this.agents, host, port, ServerCredentials.createSsl(ca, [pair], true));
    this.joinPort = await bind(this.joins, host, joinPort, ServerCredentials.createSsl(null, [pair], false));
  }

  /** Takes nothing new; open calls have `withinMs` to end. */
  async close(withinMs: number): Promise<void> {
    await Promise.all([shut(this.agents, withinMs), shut(this.joins, withinMs)]);
  }

  private enrollmentService(): EnrollmentServer {
    return { join: (call, done) => this.enrollment.join(call, done) };
  }

  private agentGateway(): AgentGatewayServer {
    return {
      renew: (call, done) => this.enrollment.renew(call, done),
      session: guarded((call) => this.sessions.accept(call, nodePeer(call))),
      stream: guarded((call) => this.broker.attach(call, nodePeer(call).nodeId)),
    };
  }

  private gatewayPeer(): GatewayPeerServer {
    return {
      open: guarded((call) => {
        requirePlatformPeer(call);
        this.relay.accept(call);
      }),
    };
  }
}

/** A call that is refused before it begins gets its status instead of an open stream. */
const guarded =
  <In, Out>(handle: (call: ServerDuplexStream<In, Out>) => void) =>
  (call: ServerDuplexStream<In, Out>): void => {
    try {
      handle(call);
    } catch (error) {
      call.emit('error', toServiceError(error));
    }
  };

const bind = (server: Server, host: string, port: number, credentials: ServerCredentials): Promise<number> =>
  new Promise((resolve, reject) => {
    const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
    server.bindAsync(address, credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
  });

function shut(server: Server | null, withinMs: number): Promise<void> {
  if (!server) return Promise.resolve();
  return new Promise((resolve) => {
    const force = setTimeout(() => {
      server.forceShutdown();
      resolve();
    }, withinMs);
    server.tryShutdown(() => {
      clearTimeout(force);
      resolve();
    });
  });
}
