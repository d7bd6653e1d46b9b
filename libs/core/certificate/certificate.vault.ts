import { deriveKey } from '#libs/platform/crypto/derive.js';
import { openEnvelope, sealEnvelope } from '#libs/platform/crypto/envelope.js';

/** Seals private keys of certificates and of accounts with issuers. The master key is never in the database. */
export class CertificateVault {
  private readonly key: Buffer;

  constructor(masterKey: Buffer) {
    this.key = deriveKey(masterKey, 'certificate-key');
  }

  /** Bound to the row: it opens nowhere else. `owner`: the certificate’s id, or the issuer’s directory. */
  seal(keyPem: string, owner: string): Buffer {
    return sealEnvelope(this.key, Buffer.from(keyPem), owner);
  }

  /** Throws when it was sealed for another row or with another master key. */
  open(sealed: Buffer, owner: string): string {
    return openEnvelope(this.key, sealed, owner).toString();
  }
}
