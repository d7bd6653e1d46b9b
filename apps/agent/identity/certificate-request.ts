import { generateKeyPairSync, sign } from 'node:crypto';
import { der } from './der.js';

const commonNameOid = '550403';
const ecdsaWithSha256Oid = '2a8648ce3d040302';

/**
 * A fresh P-256 key and its PKCS #10 request, both PEM. Written by hand because the X.509 library would double an
 * agent's memory for these few bytes; the name in the request is only a wish, the CA sets the real one.
 */
export function newCertificateRequest(name: string): { privateKeyPem: string; csrPem: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const subject = der.sequence(der.set(der.sequence(der.oid(commonNameOid), der.utf8(name.slice(0, 64)))));
  const info = der.sequence(der.zero(), subject, publicKey.export({ type: 'spki', format: 'der' }), der.attributes());
  const signature = sign('sha256', info, privateKey);
  const request = der.sequence(info, der.sequence(der.oid(ecdsaWithSha256Oid)), der.bitString(signature));
  return {
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    csrPem: pem('CERTIFICATE REQUEST', request),
  };
}

const pem = (label: string, content: Buffer): string =>
  `-----BEGIN ${label}-----\n${content
    .toString('base64')
    .replace(/(.{64})/g, '$1\n')
    .trimEnd()}\n-----END ${label}-----\n`;
