import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { invalid } from '#libs/domain/error.js';
import { canonicalHost } from '#libs/domain/route/host-name.js';

/** What a chain says of itself. */
export interface ReadCertificate {
  chainPem: string;
  keyPem: string;
  names: string[];
  issuer: string;
  fingerprint: string;
  notBefore: Date;
  notAfter: Date;
}

const blockPattern = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;
const longestChain = 10;
const mostNames = 200;
const leastRsaBits = 2048;

/**
 * A chain, the server’s own certificate first, and its key, checked as far as an edge would stumble over them. Both
 * come back as PEM with nothing else around. Errors: `invalid`, never with anything of the key in it.
 */
export function readCertificate(chainPem: string, keyPem: string, now: Date): ReadCertificate {
  const chain = readChain(chainPem);
  const key = readKey(keyPem);
  const [own, ...above] = chain as [X509Certificate, ...X509Certificate[]];
  if (!own.checkPrivateKey(key)) {
    throw invalid('key', 'key: it does not belong to the first certificate of the chain; give the two of one request.');
  }
  above.forEach((issuer, at) => {
    const issued = chain[at];
    if (issued?.checkIssued(issuer) && issued.verify(issuer.publicKey)) return;
    throw invalid(
      'chain',
      `chain: certificate ${at + 2} did not issue certificate ${at + 1}; the server’s comes first, then each one’s issuer.`,
    );
  });
  const notAfter = new Date(own.validTo);
  if (notAfter <= now) throw invalid('chain', `chain: the certificate expired on ${notAfter.toISOString()}.`);
  const names = namesOf(own);
  if (names.length === 0) {
    throw invalid(
      'chain',
      'chain: the certificate names no host (as subject alternative name), so no route could use it.',
    );
  }
  return {
    chainPem: chain.map((each) => each.toString().trimEnd() + '\n').join(''),
    keyPem: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    names,
    issuer: (own.issuer || own.subject).split('\n').at(-1) ?? '',
    fingerprint: own.fingerprint256.replaceAll(':', '').toLowerCase(),
    notBefore: new Date(own.validFrom),
    notAfter,
  };
}

function readChain(pem: string): X509Certificate[] {
  const blocks = pem.match(blockPattern) ?? [];
  if (blocks.length === 0) {
    throw invalid(
      'chain',
      'chain: no certificate is in it; it is PEM text that begins with -----BEGIN CERTIFICATE-----.',
    );
  }
  if (blocks.length > longestChain) {
    throw invalid('chain', `chain: ${blocks.length} certificates are in it; ${longestChain} are the most.`);
  }
  return blocks.map((block, at) => {
    try {
      return new X509Certificate(block);
    } catch {
      throw invalid('chain', `chain: certificate ${at + 1} cannot be read.`);
    }
  });
}

function readKey(pem: string): KeyObject {
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: 4,ENCRYPTED/.test(pem)) {
    throw invalid('key', 'key: it is protected by a passphrase; decrypt it first (openssl pkey -in KEY).');
  }
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    throw invalid('key', 'key: no private key is in it; it is PEM text that begins with -----BEGIN PRIVATE KEY-----.');
  }
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === 'ec') return key;
  if (type !== 'rsa')
    throw invalid('key', `key: browsers take RSA and elliptic-curve keys, not ${type ?? 'this kind'}.`);
  const bits = details?.modulusLength ?? 0;
  if (bits < leastRsaBits) throw invalid('key', `key: ${bits} bits of RSA are too few; make one of ${leastRsaBits}.`);
  return key;
}

/** Names that a route could have; addresses and single labels are none. */
function namesOf(certificate: X509Certificate): string[] {
  const written = [...(certificate.subjectAltName ?? '').matchAll(/(?:^|, )DNS:("[^"]*"|[^,]*)/g)];
  const names = written.flatMap(([, name = '']) => canonicalHost(name.replaceAll('"', '')) ?? []);
  return [...new Set(names)].slice(0, mostNames);
}
