import type { PeerCertificate } from 'node:tls';

/**
 * Who holds a certificate of the platform's CA: the common name is `node:<id>` or `platform:<role>`. Nodes and
 * gateways share one CA, so either side checks the other's kind and not only its chain.
 */
export type PeerIdentity = { kind: 'node'; nodeId: string } | { kind: 'platform'; role: string };

export const nodeCommonName = (nodeId: string) => `node:${nodeId}`;
export const platformCommonName = (role: string) => `platform:${role}`;

export function identityOf(commonName: string | undefined): PeerIdentity | null {
  const [kind, name, ...rest] = commonName?.split(':') ?? [];
  if (!name || rest.length > 0) return null;
  if (kind === 'node') return { kind, nodeId: name };
  return kind === 'platform' ? { kind, role: name } : null;
}

/** For a client's TLS: the chain is checked already; refuses a server that is not a gateway. */
export function refuseUnlessGateway(_host: string, certificate: PeerCertificate): Error | undefined {
  const name = certificate.subject.CN;
  const peer = identityOf(Array.isArray(name) ? name[0] : name);
  return peer?.kind === 'platform' && peer.role === 'gateway'
    ? undefined
    : new Error('The server’s certificate is not a gateway’s.');
}
