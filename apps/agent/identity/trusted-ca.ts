import { createHash, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { connect } from 'node:tls';
import { DomainError } from '#libs/domain/error.js';

const withinMs = 10_000;

/**
 * The CA certificate that the server at `address` (host:port) presents, if its SHA-256 is the token's. Nothing is
 * sent over this connection; the caller then trusts this CA alone, so the rest of the chain is checked by TLS.
 */
export function fetchTrustedCa(address: string, fingerprint: string): Promise<string> {
  const split = address.lastIndexOf(':');
  const host = address.slice(0, split).replace(/^\[|\]$/g, '');
  return new Promise((resolve, reject) => {
    // The chain cannot be verified yet: the CA in it is what is being looked for.
    const socket = connect({
      host,
      port: Number(address.slice(split + 1)),
      rejectUnauthorized: false,
      ALPNProtocols: ['h2'],
      timeout: withinMs,
      ...(isIP(host) === 0 && { servername: host }),
    });
    const fail = (error: DomainError) => {
      socket.destroy();
      reject(error);
    };
    socket.once('error', () => fail(new DomainError('unavailable', `${address} does not answer.`)));
    socket.once('timeout', () => fail(new DomainError('timeout', `${address} does not answer.`)));
    socket.once('secureConnect', () => {
      for (const certificate of chainOf(socket.getPeerCertificate(true))) {
        if (createHash('sha256').update(certificate).digest('hex') !== fingerprint) continue;
        socket.destroy();
        resolve(new X509Certificate(certificate).toString());
        return;
      }
      fail(new DomainError('forbidden', `${address} is not the platform that the join token belongs to.`));
    });
  });
}

interface ChainLink {
  raw: Buffer;
  issuerCertificate?: ChainLink;
}

function* chainOf(leaf: ChainLink): Generator<Buffer> {
  const seen = new Set<ChainLink>();
  for (let link: ChainLink | undefined = leaf; link?.raw && !seen.has(link); link = link.issuerCertificate) {
    seen.add(link);
    yield link.raw;
  }
}
