import { DomainError } from '#libs/domain/error.js';
import { Clock } from '#libs/platform/clock.js';
import type { Log } from '#libs/platform/log.js';
import type { ActionRecord } from '../action/action.repository.port.js';
import { userlessAction } from '../identity/audit.js';
import { UnitOfWork, type Transaction } from '../unit-of-work/unit-of-work.port.js';
import { beginBackup, opened } from './backup.begin.js';
import type { BackupScheduleDetails } from './backup.repository.port.js';
import { nextTime } from './cron.js';

/**
 * Begins backups that are due. A schedule’s row is held while its backup is begun and its next time is written, in one
 * transaction, so that any number of workers begin each once; and that time is a later one than now, so that what was
 * missed while nothing ran is made up once.
 */
export class BackupScheduler {
  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
    private readonly deadlineMs: number,
    private readonly log: Log,
  ) {}

  async look(): Promise<void> {
    while (await this.one());
  }

  /** False when none is due. */
  private async one(): Promise<boolean> {
    let due: BackupScheduleDetails | null = null;
    try {
      return await this.work.platform(async (tx) => {
        due = await tx.backupSchedules.lockDue(this.clock.now());
        if (!due) return false;
        await this.begin(tx, due);
        await this.passOn(tx, due, null);
        return true;
      });
    } catch (error) {
      if (!due || !(error instanceof DomainError)) throw error;
      return this.leaveOut(due, error.message);
    }
  }

  private async begin(tx: Transaction, { id, projectId, volumeId, targetId }: BackupScheduleDetails): Promise<void> {
    const now = this.clock.now();
    const volume = await tx.volumes.lock(projectId, volumeId);
    if (!volume) throw new DomainError('state', 'The volume is being deleted.');
    const subject = { resourceType: 'volume' as const, resourceId: volume.id, resourceName: volume.name };
    const action: ActionRecord = { ...userlessAction(volume.organizationId, 'backup', subject, now), projectId };
    await beginBackup(tx, {
      ...{ volume, targetId, scheduleId: id, now, deadlineMs: this.deadlineMs },
      action: opened(action, now, this.deadlineMs),
    });
  }

  /** In a transaction of its own: what was begun is undone, and the next time comes all the same. */
  private leaveOut({ id, projectId }: BackupScheduleDetails, message: string): Promise<boolean> {
    this.log.info({ schedule: id, message }, 'A backup that was due was left out.');
    return this.work.platform(async (tx) => {
      const schedule = await tx.backupSchedules.lock(projectId, id);
      if (schedule?.nextAt && schedule.nextAt <= this.clock.now()) await this.passOn(tx, schedule, message);
      return true;
    });
  }

  private async passOn(tx: Transaction, schedule: BackupScheduleDetails, message: string | null): Promise<void> {
    const now = this.clock.now();
    schedule.nextAt = nextTime(schedule.cron, schedule.timeZone, now);
    schedule.lastAt = now;
    schedule.lastMessage = message;
    await tx.backupSchedules.update(schedule);
  }
}
