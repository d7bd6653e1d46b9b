import { deriveKey } from '#libs/platform/crypto/derive.js';
import { openEnvelope, sealEnvelope } from '#libs/platform/crypto/envelope.js';
import type { OpenedTarget } from './backup-store.port.js';
import type { SealedBackupTarget } from './backup.repository.port.js';

/** Seals secret keys of backup targets. The key comes from the master key, which is never in the database. */
export class BackupVault {
  private readonly key: Buffer;

  constructor(masterKey: Buffer) {
    this.key = deriveKey(masterKey, 'backup-target-secret');
  }

  /** Bound to the row: it opens nowhere else. */
  seal(secret: string, targetId: string): Buffer {
    return sealEnvelope(this.key, Buffer.from(secret), targetId);
  }

  /** Throws when it was sealed for another row or with another master key. */
  open({ id, organizationId, projectId, settings, sealedSecret }: SealedBackupTarget): OpenedTarget {
    const secret = sealedSecret && openEnvelope(this.key, sealedSecret, id).toString();
    return { id, organizationId, projectId, settings, secret };
  }
}
