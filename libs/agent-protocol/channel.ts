import { ChannelCredentials, type ClientOptions } from '@grpc/grpc-js';
import { refuseUnlessGateway } from './peer-identity.js';

/** A process's own certificate and the CA it trusts, all PEM. */
export interface TlsIdentity {
  certificatePem: string;
  privateKeyPem: string;
  caPem: string;
}

/** Large enough for a chunk of assignments or one large template; frames of streams are far smaller. */
export const maxMessageBytes = 16 * 1024 * 1024;

export const channelOptions: Partial<ClientOptions> = {
  'grpc.max_receive_message_length': maxMessageBytes,
  'grpc.keepalive_time_ms': 20_000,
  'grpc.keepalive_timeout_ms': 10_000,
  'grpc.enable_retries': 0,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 2_000,
  // Gateways are dialled by address, which TLS does not take as a name.
  'grpc.ssl_target_name_override': 'gateway.pierhead.internal',
  // One process's two channels to the same gateway must not share one connection's certificate.
  'grpc.use_local_subchannel_pool': 1,
};

/** Mutual TLS towards a gateway; its kind is checked instead of its host name, which differs by network. */
export const gatewayCredentials = (identity: TlsIdentity): ChannelCredentials =>
  ChannelCredentials.createSsl(
    Buffer.from(identity.caPem),
    Buffer.from(identity.privateKeyPem),
    Buffer.from(identity.certificatePem),
    { checkServerIdentity: refuseUnlessGateway },
  );

/** Server TLS only: for joining, where there is no certificate yet. */
export const joiningCredentials = (caPem: string): ChannelCredentials =>
  ChannelCredentials.createSsl(Buffer.from(caPem), null, null, { checkServerIdentity: refuseUnlessGateway });
