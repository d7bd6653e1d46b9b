import { expiredBackups } from '#libs/domain/backup/retention.js';
import { Clock } from '#libs/platform/clock.js';
import type { ActionRecord } from '../action/action.repository.port.js';
import { userlessAction } from '../identity/audit.js';
import { UnitOfWork } from '../unit-of-work/unit-of-work.port.js';
import { addWork, opened } from './backup.begin.js';
import type { BackupRecord } from './backup.repository.port.js';

const pageSize = 200;
/** A store that refused to delete something is asked again after this. */
const againMs = 3_600_000;
/** Records of what came to nothing. */
const keepFailedMs = 30 * 86_400_000;

/** Has backups deleted that their schedules keep no longer. Any number may run at once. */
export class BackupRetention {
  private readonly triedAt = new Map<string, number>();

  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
    private readonly deadlineMs: number,
  ) {}

  async look(): Promise<void> {
    const now = this.clock.now();
    for (const [id, at] of this.triedAt) if (now.getTime() - at >= againMs) this.triedAt.delete(id);
    for (let after: string | null = null; ;) {
      const cursor: string | null = after;
      const page: { expired: BackupRecord[]; next: string | null } = await this.work.platformRead(async (tx) => {
        const schedules = await tx.backupSchedules.withRetention(cursor, pageSize);
        const complete = await tx.backups.completeOf(schedules.map(({ id }) => id));
        const of = (id: string) => complete.filter(({ scheduleId }) => scheduleId === id);
        return {
          expired: schedules.flatMap((schedule) => expiredBackups(of(schedule.id), schedule, now)),
          next: schedules.length < pageSize ? null : (schedules.at(-1)?.id ?? null),
        };
      });
      for (const backup of page.expired) await this.expire(backup);
      after = page.next;
      if (after === null) break;
    }
    await this.work.platform((tx) => tx.backups.prune(new Date(now.getTime() - keepFailedMs)));
  }

  private async expire({ id, projectId }: BackupRecord): Promise<void> {
    if (this.triedAt.has(id)) return;
    const now = this.clock.now();
    this.triedAt.set(id, now.getTime());
    await this.work.platform(async (tx) => {
      const backup = await tx.backups.lock(projectId, id);
      // Being restored at the moment, or deleted by somebody else.
      if (backup?.state !== 'complete' || (await tx.backupWork.ofBackup(id)).length > 0) return;
      const subject = { resourceType: 'backup' as const, resourceId: id, resourceName: backup.volumeName };
      const action: ActionRecord = { ...userlessAction(backup.organizationId, 'delete', subject, now), projectId };
      await tx.backups.move(backup, 'deleting', null, null);
      const begun = opened(action, now, this.deadlineMs);
      await addWork(tx, 'delete', { backup, action: begun, volume: null, now, deadlineMs: this.deadlineMs });
    });
  }
}
