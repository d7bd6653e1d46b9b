import { Global, Module, type DynamicModule } from '@nestjs/common';
import { OpenedBackupStores } from '#libs/backup/opened.backup-stores.js';
import { BackupCommands } from '#libs/core/backup/backup.commands.js';
import { BackupScheduleService } from '#libs/core/backup/backup-schedule.service.js';
import { BackupStores } from '#libs/core/backup/backup-store.port.js';
import { BackupTargetService } from '#libs/core/backup/backup-target.service.js';
import { BackupVault } from '#libs/core/backup/backup.vault.js';
import { ShareObjects } from '#libs/core/stream/share-objects.port.js';
import { UnitOfWork } from '#libs/core/unit-of-work/unit-of-work.port.js';
import { Clock } from '#libs/platform/clock.js';
import type { ApiConfig } from '#libs/platform/config.js';

type BackupConfig = Pick<
  ApiConfig,
  'PIERHEAD_BACKUP_DEADLINE_MS' | 'PIERHEAD_MASTER_KEY_FILE' | 'PIERHEAD_INNER_BACKUP_STORES'
>;

/** Backups as tenants ask for them; workers make them. */
@Global()
@Module({})
export class BackupModule {
  static forRoot(config: BackupConfig): DynamicModule {
    const deadlineMs = config.PIERHEAD_BACKUP_DEADLINE_MS;
    return {
      module: BackupModule,
      providers: [
        { provide: BackupVault, useFactory: () => new BackupVault(config.PIERHEAD_MASTER_KEY_FILE) },
        {
          provide: BackupStores,
          inject: [UnitOfWork, ShareObjects],
          useFactory: (work: UnitOfWork, objects: ShareObjects) =>
            new OpenedBackupStores({ trusted: config.PIERHEAD_INNER_BACKUP_STORES }, { work, objects }),
        },
        {
          provide: BackupTargetService,
          inject: [UnitOfWork, Clock, BackupVault, BackupStores],
          useFactory: (work: UnitOfWork, clock: Clock, vault: BackupVault, stores: BackupStores) =>
            new BackupTargetService(work, clock, vault, stores),
        },
        {
          provide: BackupCommands,
          inject: [UnitOfWork, Clock],
          useFactory: (work: UnitOfWork, clock: Clock) => new BackupCommands(work, clock, deadlineMs),
        },
        {
          provide: BackupScheduleService,
          inject: [UnitOfWork, Clock],
          useFactory: (work: UnitOfWork, clock: Clock) => new BackupScheduleService(work, clock),
        },
      ],
      exports: [BackupTargetService, BackupCommands, BackupScheduleService],
    };
  }
}
