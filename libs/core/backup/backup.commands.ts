import { namePattern } from '#libs/domain/container/template.js';
import { backupCounts } from '#libs/domain/backup/state.js';
import { DomainError, invalid, notFound } from '#libs/domain/error.js';
import { Clock } from '#libs/platform/clock.js';
import type { ActionRecord } from '../action/action.repository.port.js';
import { userAction } from '../action/action-log.js';
import { authorize } from '../authorization/authorize.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { UnitOfWork, type Transaction } from '../unit-of-work/unit-of-work.port.js';
import { volumeEvent } from '../volume/container-volumes.js';
import { newVolume } from '../volume/new-volume.js';
import type { VolumeRecord } from '../volume/volume.repository.port.js';
import { addWork, beginBackup, opened } from './backup.begin.js';
import type { BackupFilter, BackupRecord } from './backup.repository.port.js';
import { requireRestorable } from './restore.rules.js';

export interface BegunBackup {
  backup: BackupRecord;
  /** Shows how it goes on, and can be canceled. */
  action: ActionRecord;
}

/** A project’s backups. What takes time is done by a worker, and an action shows how it goes. */
export class BackupCommands {
  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
    private readonly deadlineMs: number,
  ) {}

  async list(context: RequestContext, filter: BackupFilter): Promise<BackupRecord[]> {
    authorize(context, 'backup', 'read');
    return this.work.tenantRead(context, (tx) => tx.backups.list(context.projectId, filter));
  }

  async get(context: RequestContext, id: string): Promise<BackupRecord> {
    authorize(context, 'backup', 'read');
    const backup = await this.work.tenantRead(context, (tx) => tx.backups.get(context.projectId, id));
    if (!backup) throw notFound('backup');
    return backup;
  }

  /** Errors: `not-found` (volume, target), `quota`; `state` when the volume is busy or nothing has used it yet. */
  async create(context: RequestContext, volumeNameOrId: string, targetId: string): Promise<BegunBackup> {
    authorize(context, 'backup', 'create');
    const now = this.clock.now();
    return this.work.tenant(context, async (tx) => {
      const volume = await tx.volumes.lock(context.projectId, volumeNameOrId);
      if (!volume) throw notFound('volume');
      // Held, so that it is not deleted at the same time.
      if (!(await tx.backupTargets.lock(context.projectId, targetId))) throw notFound('backup target');
      const action = this.open(context, 'backup', volume, now);
      const wish = { volume, targetId, scheduleId: null, action, now, deadlineMs: this.deadlineMs };
      return { backup: await beginBackup(tx, wish), action };
    });
  }

  /**
   * Brings a volume to the state it had then, and nothing else is in it afterwards: the one that was backed up, or a
   * new one of the given name. Until all of it is there and its checksum right, nothing of the volume changes. Errors:
   * `not-found`, `invalid` and `conflict` (`into`), `quota`; `state` when it is not complete, the volume is gone or
   * busy, or a container that mounts it runs.
   */
  async restore(
    context: RequestContext,
    id: string,
    into: string | null,
  ): Promise<BegunBackup & { volume: VolumeRecord }> {
    authorize(context, 'backup', 'operate');
    const now = this.clock.now();
    return this.work.tenant(context, async (tx) => {
      const backup = await held(tx, context, id);
      if (backup.state !== 'complete') {
        throw new DomainError('state', `The backup is ${backup.state}; only a complete one can be restored.`);
      }
      const volume = into === null ? await this.present(tx, context, backup) : await this.made(tx, context, into, now);
      const action = this.open(context, 'restore', volume, now);
      const madeVolume = into !== null;
      await addWork(tx, 'restore', { backup, action, volume, madeVolume, now, deadlineMs: this.deadlineMs });
      return { backup, action, volume };
    });
  }

  /**
   * Removes its objects, and then the backup; `forget` leaves whatever its store has. Errors: `not-found`; `state`
   * while it is being made, restored or deleted.
   */
  async delete(context: RequestContext, id: string, forget: boolean): Promise<BegunBackup> {
    authorize(context, 'backup', 'delete');
    const now = this.clock.now();
    return this.work.tenant(context, async (tx) => {
      const backup = await held(tx, context, id);
      const [busy] = await tx.backupWork.ofBackup(id);
      if (busy && !(forget && busy.kind === 'delete')) {
        const what = { backup: 'made', restore: 'restored', delete: 'deleted' }[busy.kind];
        throw new DomainError('state', `The backup is being ${what}; wait for it, or cancel its action.`);
      }
      const subject = { resourceType: 'backup' as const, resourceId: id, resourceName: backup.volumeName };
      const action = userAction(context, 'delete', subject, now);
      if (forget || !backupCounts(backup.state)) {
        await forgetBackup(tx, backup);
        await tx.actions.insert(action);
        return { backup, action };
      }
      const begun = opened(action, now, this.deadlineMs);
      await tx.backups.move(backup, 'deleting', null, null);
      await addWork(tx, 'delete', { backup, action: begun, volume: null, now, deadlineMs: this.deadlineMs });
      return { backup, action: begun };
    });
  }

  private async present(tx: Transaction, context: RequestContext, backup: BackupRecord): Promise<VolumeRecord> {
    const volume = await tx.volumes.lock(context.projectId, backup.volumeId);
    if (!volume) {
      throw new DomainError('state', `Volume "${backup.volumeName}" is gone; restore it as a new one, with "into".`);
    }
    await requireRestorable(tx, volume);
    return volume;
  }

  private async made(tx: Transaction, context: RequestContext, name: string, now: Date): Promise<VolumeRecord> {
    if (!namePattern.test(name)) {
      throw invalid(
        'into',
        'into: a volume’s name has 1 to 63 letters, digits, ".", "_" or "-" and starts with a letter or digit.',
      );
    }
    const volume = newVolume(context, name, now);
    await tx.quotas.take(context.organizationId, context.projectId, { volumes: 1 });
    await tx.volumes.insert(volume);
    await tx.events.append([volumeEvent(volume, 'create')]);
    return volume;
  }

  private open(context: RequestContext, verb: 'backup' | 'restore', volume: VolumeRecord, now: Date): ActionRecord {
    const subject = { resourceType: 'volume' as const, resourceId: volume.id, resourceName: volume.name };
    return opened(userAction(context, verb, subject, now), now, this.deadlineMs);
  }
}

async function held(tx: Transaction, context: RequestContext, id: string): Promise<BackupRecord> {
  const backup = await tx.backups.lock(context.projectId, id);
  if (!backup) throw notFound('backup');
  return backup;
}

/** The record goes, and with it what it counted. */
export async function forgetBackup(tx: Transaction, backup: BackupRecord): Promise<void> {
  await tx.backups.delete(backup.id);
  if (!backupCounts(backup.state)) return;
  await tx.quotas.take(backup.organizationId, backup.projectId, { backups: -1 });
}
