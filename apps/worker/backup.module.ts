import { Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { OpenedBackupStores } from '#libs/backup/opened.backup-stores.js';
import { BackupRemovalTask } from '#libs/core/backup/backup-removal.task.js';
import { BackupRetention } from '#libs/core/backup/backup.retention.js';
import { BackupRunner } from '#libs/core/backup/backup.runner.js';
import { BackupScheduler } from '#libs/core/backup/backup.scheduler.js';
import { backupTimes } from '#libs/core/backup/backup.settings.js';
import { BackupVault } from '#libs/core/backup/backup.vault.js';
import { VolumeBackupTask } from '#libs/core/backup/volume-backup.task.js';
import { VolumeRestoreTask } from '#libs/core/backup/volume-restore.task.js';
import { PlatformCertificates } from '#libs/core/node/enrollment.port.js';
import { UnitOfWork } from '#libs/core/unit-of-work/unit-of-work.port.js';
import { CertificateModule } from '#libs/identity/certificate.module.js';
import { Clock, SystemClock } from '#libs/platform/clock.js';
import type { WorkerConfig } from '#libs/platform/config.js';
import type { Log } from '#libs/platform/log.js';
import { PostgresAgentDirectory } from '#libs/store/agent/postgres.agent-directory.js';
import { GrpcNodeStreams } from '#libs/streams/grpc.node-streams.js';
import { GrpcShareObjects } from '#libs/streams/grpc.share-objects.js';
import { Loop } from './loop.js';
import { WorkerMetrics } from './worker.metrics.js';

/** A process’s own tick: work is found within it, and a schedule is late by it at most. */
const lookMs = 1_000;
const retentionMs = 60_000;

/** The loops that make backups, when they are due or asked for, and have those deleted that nobody keeps. */
export class BackupLoops {
  readonly loops: readonly Loop[];

  constructor(
    readonly runner: BackupRunner,
    scheduler: BackupScheduler,
    retention: BackupRetention,
    log: Log,
  ) {
    this.loops = [
      new Loop('backups', lookMs, () => runner.look(), log),
      new Loop('backup-schedules', lookMs, () => scheduler.look(), log),
      new Loop('backup-retention', retentionMs, () => retention.look(), log),
    ];
  }
}

/** Backups as workers make them. Volumes are reached through the gateways, as the api reaches them. */
@Module({})
export class BackupModule implements OnApplicationShutdown {
  constructor(private readonly streams: GrpcNodeStreams) {}

  static forRoot(config: WorkerConfig, log: Log, imports: DynamicModule[]): DynamicModule {
    const clock = new SystemClock();
    const deadlineMs = config.PIERHEAD_BACKUP_DEADLINE_MS;
    const vault = new BackupVault(config.PIERHEAD_MASTER_KEY_FILE);
    const clockModule: DynamicModule = {
      module: class ClockModule {},
      providers: [{ provide: Clock, useValue: clock }],
      exports: [Clock],
    };
    const certificates = CertificateModule.forRoot({
      masterKey: config.PIERHEAD_MASTER_KEY_FILE,
      imports: [...imports, clockModule],
    });
    return {
      module: BackupModule,
      imports: [...imports, certificates],
      providers: [
        {
          provide: GrpcNodeStreams,
          inject: [UnitOfWork, PlatformCertificates],
          useFactory: async (work: UnitOfWork, authority: PlatformCertificates) =>
            new GrpcNodeStreams({
              directory: new PostgresAgentDirectory(work),
              identity: await authority.issue('worker', []),
            }),
        },
        {
          provide: BackupLoops,
          inject: [UnitOfWork, GrpcNodeStreams, WorkerMetrics],
          useFactory: (work: UnitOfWork, streams: GrpcNodeStreams, metrics: WorkerMetrics) => {
            const s3 = { trusted: config.PIERHEAD_INNER_BACKUP_STORES };
            const stores = new OpenedBackupStores(s3, { work, objects: new GrpcShareObjects(streams) });
            return new BackupLoops(
              new BackupRunner({
                work,
                clock,
                tasks: {
                  backup: new VolumeBackupTask(work, clock, streams, stores, vault),
                  restore: new VolumeRestoreTask(work, streams, stores, vault),
                  delete: new BackupRemovalTask(work, stores, vault),
                },
                times: timesOf(config),
                atOnce: config.PIERHEAD_BACKUPS_AT_ONCE,
                log,
                done: (kind, outcome) => metrics.backedUp(kind, outcome),
              }),
              new BackupScheduler(work, clock, deadlineMs, log),
              new BackupRetention(work, clock, deadlineMs),
              log,
            );
          },
        },
      ],
      exports: [BackupLoops],
    };
  }

  onApplicationShutdown(): void {
    this.streams.close();
  }
}

const timesOf = ({ PIERHEAD_BACKUP_DEADLINE_MS: deadlineMs, PIERHEAD_BACKUP_LEASE_MS: leaseMs }: WorkerConfig) => ({
  ...backupTimes,
  deadlineMs,
  leaseMs,
  keepMs: Math.min(backupTimes.keepMs, leaseMs / 4),
});
