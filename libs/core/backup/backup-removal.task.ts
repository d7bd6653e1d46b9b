import { backupPrefix } from '#libs/domain/backup/target.js';
import { UnitOfWork, type Transaction } from '../unit-of-work/unit-of-work.port.js';
import { forgetBackup } from './backup.commands.js';
import type { BackupStores } from './backup-store.port.js';
import type { Attempt, BackupTask, BadEnd, Finish } from './backup.task.js';
import type { BackupVault } from './backup.vault.js';
import type { BackupWorkRecord } from './backup-work.repository.port.js';

/** Removes all that a store has of a backup, then the backup. */
export class BackupRemovalTask implements BackupTask {
  constructor(
    private readonly work: UnitOfWork,
    private readonly stores: BackupStores,
    private readonly vault: BackupVault,
  ) {}

  async run({ work, signal }: Attempt): Promise<Finish> {
    const { backup, target } = await this.work.platformRead(async (tx) => {
      const found = await tx.backups.getAny(work.backupId);
      return { backup: found, target: found && (await tx.backupTargets.getAny(found.targetId)) };
    });
    if (!backup || !target) return () => Promise.resolve();
    const store = await this.stores.open(this.vault.open(target));
    try {
      await store.clear(backupPrefix(backup), signal);
    } finally {
      store.close();
    }
    return (tx) => forgetBackup(tx, backup);
  }

  tidy(): Promise<void> {
    return Promise.resolve();
  }

  /** It is there until the store says otherwise. */
  async fail(tx: Transaction, work: BackupWorkRecord, end: BadEnd, message: string): Promise<void> {
    const backup = await tx.backups.lock(work.projectId, work.backupId);
    if (backup) await tx.backups.move(backup, 'complete', `It was not deleted (${end}): ${message}`, null);
  }
}
