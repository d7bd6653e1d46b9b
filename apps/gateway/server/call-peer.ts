import type { ServerUnaryCall } from '@grpc/grpc-js';
import { identityOf, type PeerIdentity } from '#libs/agent-protocol/peer-identity.js';
import { DomainError } from '#libs/domain/error.js';

type Call = Pick<ServerUnaryCall<unknown, unknown>, 'getAuthContext'>;

export type CallPeer = PeerIdentity & {
  /** Of its certificate, upper-case hexadecimal as TLS gives it. */
  serial: string;
  /** When its certificate ends, in milliseconds since the epoch. */
  validTo: number;
};

/** Whose certificate a call came with. TLS has checked the chain; throws `forbidden` for any other name. */
export function peerOf(call: Call): CallPeer {
  const certificate = call.getAuthContext().sslPeerCertificate;
  const name = certificate?.subject?.CN;
  const identity = identityOf(Array.isArray(name) ? name[0] : name);
  if (!certificate || !identity) throw new DomainError('forbidden', 'This certificate is neither a node’s nor ours.');
  return { ...identity, serial: certificate.serialNumber, validTo: Date.parse(certificate.valid_to) };
}

export function nodePeer(call: Call): CallPeer & { kind: 'node' } {
  const peer = peerOf(call);
  if (peer.kind !== 'node') throw new DomainError('forbidden', 'This call is for nodes.');
  return peer;
}

export function requirePlatformPeer(call: Call): void {
  if (peerOf(call).kind !== 'platform')
    throw new DomainError('forbidden', 'This call is for the platform’s own parts.');
}

/** Host part of a call's peer, without its port. */
export const peerHost = (peer: string): string => peer.slice(0, peer.lastIndexOf(':')).replace(/^\[|\]$/g, '');
