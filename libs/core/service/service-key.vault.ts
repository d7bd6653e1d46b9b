import { deriveKey } from '#libs/platform/crypto/derive.js';
import { openEnvelope, sealEnvelope } from '#libs/platform/crypto/envelope.js';

/** Seals the secrets of services' keys. The key comes from the master key, which is never in the database. */
export class ServiceKeyVault {
  private readonly key: Buffer;

  constructor(masterKey: Buffer) {
    this.key = deriveKey(masterKey, 'service-key');
  }

  /** Bound to the row: it opens nowhere else. */
  seal(secret: string, keyId: string): Buffer {
    return sealEnvelope(this.key, Buffer.from(secret), keyId);
  }

  /** Throws when it was sealed for another row or with another master key. */
  open(sealed: Buffer, keyId: string): string {
    return openEnvelope(this.key, sealed, keyId).toString();
  }
}
