import { z } from 'zod';
import type { BackupRecord } from '#libs/core/backup/backup.repository.port.js';
import { backupStates } from '#libs/domain/backup/state.js';
import { actionAnswer } from '../audit/audit.wire.js';
import { keysetQuery } from '../wire/keyset.wire.js';

export const backupQuery = keysetQuery.extend({
  volumeId: z.uuid().optional(),
  targetId: z.uuid().optional(),
  scheduleId: z.uuid().optional(),
  state: z.enum(backupStates).optional(),
});

export const newBackupBody = z.strictObject({
  /** Name or id. */
  volume: z.string().min(1).max(63),
  targetId: z.uuid(),
});

export const restoreBody = z.strictObject({
  /** The name of a volume that is made for it; null: the volume that was backed up. */
  into: z.string().min(1).max(63).nullable().default(null),
});

/** Leave what its store has. */
export const deletionQuery = z.strictObject({ forget: z.stringbool().default(false) });

export const backupAnswer = z.object({
  id: z.uuid(),
  /** As it was called then; it may be gone. */
  volume: z.object({ id: z.uuid(), name: z.string() }),
  targetId: z.uuid(),
  /** Null: asked for by its user. */
  scheduleId: z.uuid().nullable(),
  state: z.enum(backupStates),
  /** Why it failed. */
  message: z.string().nullable(),
  /** Of the tar, read so far. */
  doneBytes: z.int(),
  /** Below the target’s prefix; null until it is complete, as the following. */
  objectKey: z.string().nullable(),
  /** As it is stored, compressed. */
  objectBytes: z.int().nullable(),
  contentBytes: z.int().nullable(),
  /** Files, folders and links. */
  entries: z.int().nullable(),
  /** Of the stored object. */
  sha256: z.string().nullable(),
  createdAt: z.iso.datetime(),
  startedAt: z.iso.datetime().nullable(),
  endedAt: z.iso.datetime().nullable(),
  actionId: z.uuid(),
  resourceUri: z.string(),
});

export const toBackup = (backup: BackupRecord): z.infer<typeof backupAnswer> => ({
  id: backup.id,
  volume: { id: backup.volumeId, name: backup.volumeName },
  targetId: backup.targetId,
  scheduleId: backup.scheduleId,
  state: backup.state,
  message: backup.message,
  doneBytes: backup.doneBytes,
  objectKey: backup.objectKey,
  objectBytes: backup.objectBytes,
  contentBytes: backup.contentBytes,
  entries: backup.entries,
  sha256: backup.sha256,
  createdAt: backup.createdAt.toISOString(),
  startedAt: backup.startedAt?.toISOString() ?? null,
  endedAt: backup.endedAt?.toISOString() ?? null,
  actionId: backup.actionId,
  resourceUri: `/api/v1/projects/${backup.projectId}/backups/${backup.id}`,
});

/** The action says how it goes on: `GET …/actions/{id}`, `POST …/actions/{id}/cancel`. */
export const begunAnswer = z.object({ backup: backupAnswer, action: actionAnswer });
export const begunRestoreAnswer = begunAnswer.extend({ volume: z.object({ id: z.uuid(), name: z.string() }) });
