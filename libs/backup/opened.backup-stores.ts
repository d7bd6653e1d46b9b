import { BackupStores, type BackupStore, type OpenedTarget } from '#libs/core/backup/backup-store.port.js';
import { DomainError } from '#libs/domain/error.js';
import { S3BackupStore } from './s3/s3.backup-store.js';
import type { S3Options } from './s3/s3.client.js';

/** Every kind of store there is. */
export class OpenedBackupStores extends BackupStores {
  constructor(private readonly s3: S3Options) {
    super();
  }

  open({ settings, secret }: OpenedTarget): BackupStore {
    if (settings.kind === 's3') return new S3BackupStore(settings, secret ?? '', this.s3);
    throw new DomainError('unsupported', 'This platform cannot store backups on file shares yet.');
  }
}
