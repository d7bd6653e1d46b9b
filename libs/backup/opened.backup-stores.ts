import { BackupStores, type BackupStore, type OpenedTarget } from '#libs/core/backup/backup-store.port.js';
import { shareNode } from '#libs/core/file-share/share-node.js';
import type { ShareObjects } from '#libs/core/stream/share-objects.port.js';
import type { UnitOfWork } from '#libs/core/unit-of-work/unit-of-work.port.js';
import type { S3Options } from './s3/s3.client.js';
import { ShareBackupStore } from './share/share.backup-store.js';

/** Every kind of store there is. */
export class OpenedBackupStores extends BackupStores {
  constructor(
    private readonly s3: S3Options,
    private readonly shares: { work: UnitOfWork; objects: ShareObjects },
  ) {
    super();
  }

  async open({ id, projectId, settings, secret }: OpenedTarget): Promise<BackupStore> {
    if (settings.kind === 's3') {
      // Its library is five megabytes of a process's memory, and most processes never meet a bucket.
      const { S3BackupStore } = await import('./s3/s3.backup-store.js');
      return new S3BackupStore(settings, secret ?? '', this.s3);
    }
    const { work, objects } = this.shares;
    const { shareId } = settings;
    const locate = () => work.platformRead((tx) => shareNode(tx, projectId, shareId));
    return new ShareBackupStore({ objects, shareId, targetId: id, locate });
  }
}
