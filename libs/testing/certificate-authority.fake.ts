import 'reflect-metadata';
import { createHash, randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';
import { PlatformCertificates, type ServiceCertificate } from '#libs/core/node/enrollment.port.js';

const curve = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' } as const;

/** A real authority in memory: real keys and certificates, valid for as long as a test says. */
export class FakeCertificateAuthority extends PlatformCertificates {
  private constructor(
    private readonly certificate: x509.X509Certificate,
    private readonly key: webcrypto.CryptoKey,
  ) {
    super();
  }

  static async create(): Promise<FakeCertificateAuthority> {
    x509.cryptoProvider.set(webcrypto as never);
    const pair = await webcrypto.subtle.generateKey(curve, true, ['sign', 'verify']);
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      serialNumber: '01',
      name: 'CN=Test CA',
      notBefore: new Date(Date.now() - 60_000),
      notAfter: new Date(Date.now() + 86_400_000),
      keys: pair,
      signingAlgorithm,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      ],
    });
    return new FakeCertificateAuthority(certificate, pair.privateKey);
  }

  get caPem(): string {
    return `${this.certificate.toString('pem')}\n`;
  }

  get fingerprint(): string {
    return createHash('sha256').update(Buffer.from(this.certificate.rawData)).digest('hex');
  }

  async issue(role: string, names: string[]): Promise<ServiceCertificate> {
    return this.issueNamed(`platform:${role}`, names);
  }

  /** With a key of its own. */
  async issueNamed(commonName: string, names: string[] = []): Promise<ServiceCertificate> {
    const pair = await webcrypto.subtle.generateKey(curve, true, ['sign', 'verify']);
    const { certificatePem } = await this.sign(commonName, pair.publicKey, 86_400_000, names);
    const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', pair.privateKey);
    return { certificatePem, privateKeyPem: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY'), caPem: this.caPem };
  }

  async signRequest(commonName: string, csrPem: string, lifetimeMs: number, names: string[] = []) {
    const request = new x509.Pkcs10CertificateRequest(csrPem);
    if (!(await request.verify())) throw new Error('The request’s signature does not hold.');
    return this.sign(commonName, request.publicKey, lifetimeMs, names);
  }

  private async sign(
    commonName: string,
    publicKey: x509.PublicKey | webcrypto.CryptoKey,
    lifetimeMs: number,
    names: string[],
  ): Promise<{ certificatePem: string; serial: string }> {
    const serialNumber = `40${randomBytes(15).toString('hex')}`;
    const alternatives = names.map((value) => ({ type: isIP(value) ? ('ip' as const) : ('dns' as const), value }));
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber,
      subject: `CN=${commonName}`,
      issuer: this.certificate.subject,
      notBefore: new Date(Date.now() - 1_000),
      notAfter: new Date(Date.now() + lifetimeMs),
      publicKey,
      signingKey: this.key,
      signingAlgorithm,
      extensions: alternatives.length ? [new x509.SubjectAlternativeNameExtension(alternatives)] : [],
    });
    return { certificatePem: `${certificate.toString('pem')}\n`, serial: serialNumber.toUpperCase() };
  }
}
