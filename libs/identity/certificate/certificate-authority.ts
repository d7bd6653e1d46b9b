import 'reflect-metadata';
import { createHash, randomBytes, randomUUID, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';
import { AuthorityPin } from '#libs/core/node/enrollment.port.js';
import type { UnitOfWork } from '#libs/core/unit-of-work/unit-of-work.port.js';
import { invalid } from '#libs/domain/error.js';
import type { Clock } from '#libs/platform/clock.js';
import { deriveKey } from '#libs/platform/crypto/derive.js';
import { seal, unseal } from '#libs/platform/crypto/seal.js';

x509.cryptoProvider.set(webcrypto as never);

const curve = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const signing = { name: 'ECDSA', hash: 'SHA-256' } as const;
const hourMs = 3_600_000;
const authorityYears = 20;
/** A node whose clock is behind must not find its new certificate not yet valid. */
const backdatedMs = hourMs;

export interface CertificateRequest {
  commonName: string;
  publicKey: x509.PublicKey | webcrypto.CryptoKey;
  lifetimeMs: number;
  usages: ('client' | 'server')[];
  /** DNS names and addresses a server answers to. */
  names: string[];
}

export interface IssuedCertificate {
  certificatePem: string;
  /** Upper-case hexadecimal, as Node's TLS shows it. */
  serial: string;
  expiresAt: Date;
}

interface Loaded {
  certificate: x509.X509Certificate;
  key: webcrypto.CryptoKey;
}

/** The platform's own authority: one EC key, sealed in the database; it signs nodes and the platform's processes. */
export class CertificateAuthority extends AuthorityPin {
  private loaded: Promise<Loaded> | null = null;
  private readonly sealingKey: Buffer;

  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
    masterKey: Buffer,
  ) {
    super();
    this.sealingKey = deriveKey(masterKey, 'certificate-authority');
  }

  async caPem(): Promise<string> {
    return pem((await this.load()).certificate);
  }

  /** SHA-256 of the certificate's DER in lower-case hexadecimal: what a join token pins. */
  async fingerprint(): Promise<string> {
    const { certificate } = await this.load();
    return createHash('sha256').update(Buffer.from(certificate.rawData)).digest('hex');
  }

  /** True when this call made the authority. */
  async ensure(): Promise<boolean> {
    if (await this.stored()) return false;
    const id = randomUUID();
    const pair = await webcrypto.subtle.generateKey(curve, true, ['sign', 'verify']);
    const now = this.clock.now();
    const notAfter = new Date(now);
    notAfter.setUTCFullYear(notAfter.getUTCFullYear() + authorityYears);
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      serialNumber: newSerial(),
      name: 'CN=Pierhead platform CA',
      notBefore: new Date(now.getTime() - backdatedMs),
      notAfter,
      keys: pair,
      signingAlgorithm: signing,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(pair.publicKey),
      ],
    });
    const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', pair.privateKey));
    const privateKeyEncrypted = seal(this.sealingKey, pkcs8, id);
    return this.work.platform((tx) =>
      tx.identity.keys.insertCertificateAuthority({ id, certificatePem: pem(certificate), privateKeyEncrypted }),
    );
  }

  async issue(request: CertificateRequest): Promise<IssuedCertificate> {
    const { certificate: issuer, key } = await this.load();
    const serial = newSerial();
    const now = this.clock.now().getTime();
    const expiresAt = new Date(now + request.lifetimeMs);
    const extensions: x509.Extension[] = [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(request.usages.map((usage) => extendedUsage[usage])),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ];
    if (request.names.length > 0) {
      extensions.push(
        new x509.SubjectAlternativeNameExtension(
          request.names.map((name) => ({ type: isIP(name) ? ('ip' as const) : ('dns' as const), value: name })),
        ),
      );
    }
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: serial,
      subject: `CN=${request.commonName}`,
      issuer: issuer.subjectName,
      notBefore: new Date(now - backdatedMs),
      notAfter: expiresAt,
      publicKey: request.publicKey,
      signingKey: key,
      signingAlgorithm: signing,
      extensions,
    });
    return { certificatePem: pem(certificate), serial: serial.toUpperCase(), expiresAt };
  }

  private load(): Promise<Loaded> {
    this.loaded ??= this.open().catch((error: unknown) => {
      this.loaded = null;
      throw error;
    });
    return this.loaded;
  }

  private stored() {
    return this.work.platformRead((tx) => tx.identity.keys.certificateAuthority());
  }

  private async open(): Promise<Loaded> {
    await this.ensure();
    const record = await this.stored();
    if (!record) throw new Error('There is no certificate authority although one was just made.');
    const pkcs8 = unseal(this.sealingKey, record.privateKeyEncrypted, record.id);
    const key = await webcrypto.subtle.importKey('pkcs8', new Uint8Array(pkcs8), curve, false, ['sign']);
    return { certificate: new x509.X509Certificate(record.certificatePem), key };
  }
}

const extendedUsage = {
  client: x509.ExtendedKeyUsage.clientAuth,
  server: x509.ExtendedKeyUsage.serverAuth,
} as const;

/** 16 bytes whose first is neither zero nor above 0x7f, so that every reader writes the same digits. */
function newSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = 0x10 | ((bytes[0] ?? 0) & 0x6f);
  return bytes.toString('hex');
}

const pem = (certificate: x509.X509Certificate): string => `${certificate.toString('pem').trim()}\n`;

const acceptedCurves = new Set(['P-256', 'P-384']);

/** The key a request asks a certificate for; the request proves that its sender holds it. Its subject is not used. */
export async function requestedKey(csrPem: string): Promise<x509.PublicKey> {
  const wrong = () => invalid('csrPem', 'The certificate request cannot be read, or its signature is not its key’s.');
  try {
    const request = new x509.Pkcs10CertificateRequest(csrPem);
    const { name, namedCurve } = request.publicKey.algorithm as { name: string; namedCurve?: string };
    if (name !== 'ECDSA' || !acceptedCurves.has(namedCurve ?? '')) {
      throw invalid('csrPem', 'A node’s key is an elliptic-curve key on P-256 or P-384.');
    }
    if (!(await request.verify())) throw wrong();
    return request.publicKey;
  } catch (error) {
    throw error instanceof Error && error.name === 'DomainError' ? error : wrong();
  }
}
