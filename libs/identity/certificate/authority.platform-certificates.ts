import { webcrypto } from 'node:crypto';
import { PlatformCertificates, type ServiceCertificate } from '#libs/core/node/enrollment.port.js';
import type { CertificateAuthority } from './certificate-authority.js';

/** The key never leaves the process's memory, so the certificate may last as long as a process does. */
const lifetimeMs = 365 * 24 * 3_600_000;

export class AuthorityPlatformCertificates extends PlatformCertificates {
  constructor(private readonly authority: CertificateAuthority) {
    super();
  }

  async issue(role: 'api' | 'worker' | 'gateway', names: string[]): Promise<ServiceCertificate> {
    const pair = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
    const { certificatePem } = await this.authority.issue({
      commonName: `platform:${role}`,
      publicKey: pair.publicKey,
      lifetimeMs,
      usages: ['client', 'server'],
      names,
    });
    const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', pair.privateKey)).toString('base64');
    const lines = pkcs8.match(/.{1,64}/g) ?? [];
    const privateKeyPem = `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`;
    return { certificatePem, privateKeyPem, caPem: await this.authority.caPem() };
  }
}
