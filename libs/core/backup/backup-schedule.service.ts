import { DomainError, notFound } from '#libs/domain/error.js';
import type { Retention } from '#libs/domain/backup/retention.js';
import { Clock } from '#libs/platform/clock.js';
import { newId } from '#libs/platform/id.js';
import { userAction } from '../action/action-log.js';
import { authorize } from '../authorization/authorize.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { UnitOfWork, type Transaction } from '../unit-of-work/unit-of-work.port.js';
import type { BackupScheduleDetails, BackupScheduleRecord, KeysetWish } from './backup.repository.port.js';

export interface NewSchedule extends Retention {
  /** Name or id. */
  volume: string;
  targetId: string;
  cron: string;
  timeZone: string;
  enabled: boolean;
}

/** What is left out stays; the volume always does. */
export type ScheduleChanges = { [K in Exclude<keyof NewSchedule, 'volume'>]?: NewSchedule[K] | undefined };

const mostPerProject = 500;

/** Loaded with the first schedule that is written: what reads time zones is large, and most processes never do. */
const readCron = () => import('./cron.js');

/** When a project’s volumes are backed up by themselves, and how many of these backups are kept. */
export class BackupScheduleService {
  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  async list(
    context: RequestContext,
    wish: KeysetWish & { volumeId?: string | undefined },
  ): Promise<BackupScheduleDetails[]> {
    authorize(context, 'backup-schedule', 'read');
    return this.work.tenantRead(context, (tx) => tx.backupSchedules.list(context.projectId, wish));
  }

  async get(context: RequestContext, id: string): Promise<BackupScheduleDetails> {
    authorize(context, 'backup-schedule', 'read');
    const schedule = await this.work.tenantRead(context, (tx) => tx.backupSchedules.get(context.projectId, id));
    if (!schedule) throw notFound('backup schedule');
    return schedule;
  }

  /** Errors: `invalid` (`cron`, `timeZone`), `not-found` (volume, target), `quota`. */
  async create(context: RequestContext, wish: NewSchedule): Promise<BackupScheduleDetails> {
    authorize(context, 'backup-schedule', 'create');
    const now = this.clock.now();
    const { volume: nameOrId, ...given } = wish;
    const { checkCron, nextTime } = await readCron();
    checkCron(given.cron, given.timeZone, now);
    return this.work.tenant(context, async (tx) => {
      const count = await tx.backupSchedules.count(context.projectId);
      if (count >= mostPerProject) {
        throw new DomainError('quota', `This project has ${count} backup schedules; no more are taken.`);
      }
      const volume = await tx.volumes.get(context.projectId, nameOrId);
      if (!volume) throw notFound('volume');
      const targetName = await targetOf(tx, context, given.targetId);
      const schedule: BackupScheduleRecord = {
        ...given,
        id: newId(),
        organizationId: context.organizationId,
        projectId: context.projectId,
        volumeId: volume.id,
        nextAt: given.enabled ? nextTime(given.cron, given.timeZone, now) : null,
        lastAt: null,
        lastMessage: null,
        createdAt: now,
        rowVersion: 1,
      };
      await tx.backupSchedules.insert(schedule);
      return this.noted(tx, context, 'create', { ...schedule, volumeName: volume.name, targetName });
    });
  }

  /** What was missed while it was switched off is not made up. Errors: as `create`. */
  async update(context: RequestContext, id: string, changes: ScheduleChanges): Promise<BackupScheduleDetails> {
    authorize(context, 'backup-schedule', 'update');
    const now = this.clock.now();
    const { checkCron, nextTime } = await readCron();
    return this.work.tenant(context, async (tx) => {
      const schedule = await held(tx, context, id);
      const { cron = schedule.cron, timeZone = schedule.timeZone, enabled = schedule.enabled } = changes;
      const { keepLast = schedule.keepLast, keepDays = schedule.keepDays, targetId = schedule.targetId } = changes;
      checkCron(cron, timeZone, now);
      const targetName = await targetOf(tx, context, targetId);
      const isSameTime = cron === schedule.cron && timeZone === schedule.timeZone && enabled && schedule.enabled;
      const nextAt = isSameTime ? schedule.nextAt : enabled ? nextTime(cron, timeZone, now) : null;
      const changed = { ...schedule, cron, timeZone, enabled, keepLast, keepDays, targetId, targetName, nextAt };
      await tx.backupSchedules.update(changed);
      return this.noted(tx, context, 'update', changed);
    });
  }

  /** The backups that it made stay. */
  async delete(context: RequestContext, id: string): Promise<void> {
    authorize(context, 'backup-schedule', 'delete');
    await this.work.tenant(context, async (tx) => {
      const schedule = await held(tx, context, id);
      await tx.backupSchedules.delete(id);
      await this.noted(tx, context, 'delete', schedule);
    });
  }

  private async noted(
    tx: Transaction,
    context: RequestContext,
    verb: string,
    schedule: BackupScheduleDetails,
  ): Promise<BackupScheduleDetails> {
    const resourceName = `${schedule.volumeName}: ${schedule.cron}`;
    const subject = { resourceType: 'backup-schedule' as const, resourceId: schedule.id, resourceName };
    await tx.actions.insert(userAction(context, verb, subject, this.clock.now()));
    return schedule;
  }
}

async function held(tx: Transaction, context: RequestContext, id: string): Promise<BackupScheduleDetails> {
  const schedule = await tx.backupSchedules.lock(context.projectId, id);
  if (!schedule) throw notFound('backup schedule');
  return schedule;
}

/** Held, so that it is not deleted at the same time. */
async function targetOf(tx: Transaction, context: RequestContext, id: string): Promise<string> {
  const target = await tx.backupTargets.lock(context.projectId, id);
  if (!target) throw notFound('backup target');
  return target.name;
}
