import { deriveKey } from '#libs/platform/crypto/derive.js';
import { openEnvelope, sealEnvelope } from '#libs/platform/crypto/envelope.js';

/** Seals passwords of registries. The key comes from the master key, which is never in the database. */
export class RegistryVault {
  private readonly key: Buffer;

  constructor(masterKey: Buffer) {
    this.key = deriveKey(masterKey, 'registry-password');
  }

  /** Bound to the row: it opens nowhere else. */
  seal(password: string, registryId: string): Buffer {
    return sealEnvelope(this.key, Buffer.from(password), registryId);
  }

  /** Throws when it was sealed for another row or with another master key. */
  open(sealed: Buffer, registryId: string): string {
    return openEnvelope(this.key, sealed, registryId).toString();
  }
}
