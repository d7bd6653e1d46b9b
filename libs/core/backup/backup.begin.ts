import type { BackupWorkKind } from '#libs/domain/backup/state.js';
import { DomainError } from '#libs/domain/error.js';
import { newId } from '#libs/platform/id.js';
import type { ActionRecord } from '../action/action.repository.port.js';
import type { Transaction } from '../unit-of-work/unit-of-work.port.js';
import type { VolumeRecord } from '../volume/volume.repository.port.js';
import type { BackupRecord } from './backup.repository.port.js';
import type { BackupWorkRecord } from './backup-work.repository.port.js';

/** An action is given up a little later than its work, so that the work can say why. */
const graceMs = 10 * 60_000;

/** Opens an action on work that a worker will take up. */
export function opened(action: ActionRecord, now: Date, deadlineMs: number): ActionRecord {
  const deadlineAt = new Date(now.getTime() + deadlineMs + graceMs);
  return { ...action, state: 'pending', endedAt: null, deadlineAt };
}

export interface NewWork {
  backup: BackupRecord;
  action: ActionRecord;
  volume: VolumeRecord | null;
  madeVolume?: boolean;
  now: Date;
  deadlineMs: number;
}

/** Errors: `state` when the volume is busy. */
export async function addWork(tx: Transaction, kind: BackupWorkKind, wish: NewWork): Promise<BackupWorkRecord> {
  const { backup, action, volume, madeVolume = false, now, deadlineMs } = wish;
  const work: BackupWorkRecord = {
    id: newId(),
    organizationId: backup.organizationId,
    projectId: backup.projectId,
    kind,
    backupId: backup.id,
    actionId: action.id,
    volumeId: volume?.id ?? null,
    madeVolume,
    besideName: null,
    besideNodeId: null,
    attempts: 0,
    deadlineAt: new Date(now.getTime() + deadlineMs),
    cancelAsked: false,
    createdAt: now,
  };
  await tx.actions.insert(action);
  if (await tx.backupWork.insert(work)) return work;
  const busy = volume && (await tx.backupWork.ofVolume(volume.id));
  const what = busy?.kind === 'restore' ? 'being restored' : 'being backed up';
  throw new DomainError('state', `Volume "${volume?.name ?? ''}" is ${what}; wait for it, or cancel its action.`);
}

export interface NewBackup {
  volume: VolumeRecord;
  targetId: string;
  scheduleId: string | null;
  action: ActionRecord;
  now: Date;
  deadlineMs: number;
}

/** Errors: `quota`; `state` when the volume is busy or nothing has used it yet. */
export async function beginBackup(tx: Transaction, wish: NewBackup): Promise<BackupRecord> {
  const { volume, targetId, scheduleId, action, now, deadlineMs } = wish;
  const { organizationId, projectId } = volume;
  if (volume.driver === 'local' && volume.nodeId === null) {
    throw new DomainError('state', `Volume "${volume.name}" was never used; there is nothing in it.`);
  }
  await tx.quotas.take(organizationId, projectId, { backups: 1 });
  const backup: BackupRecord = {
    id: newId(),
    organizationId,
    projectId,
    targetId,
    volumeId: volume.id,
    volumeName: volume.name,
    scheduleId,
    actionId: action.id,
    state: 'pending',
    message: null,
    objectKey: null,
    objectBytes: null,
    contentBytes: null,
    entries: null,
    sha256: null,
    doneBytes: 0,
    createdAt: now,
    startedAt: null,
    endedAt: null,
  };
  await tx.backups.insert(backup);
  await addWork(tx, 'backup', { backup, action, volume, now, deadlineMs });
  return backup;
}
