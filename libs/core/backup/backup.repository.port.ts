import type { BackupState } from '#libs/domain/backup/state.js';
import type { Retention } from '#libs/domain/backup/retention.js';
import type { BackupTargetSettings } from '#libs/domain/backup/target.js';

export interface BackupTargetRecord {
  id: string;
  organizationId: string;
  projectId: string;
  name: string;
  settings: BackupTargetSettings;
  createdAt: Date;
  rowVersion: number;
}

export interface SealedBackupTarget extends BackupTargetRecord {
  sealedSecret: Buffer | null;
}

/** By keyset, in the order of their making; `after` is the id of the last one before. */
export interface KeysetWish {
  after: string | null;
  limit: number;
}

export interface BackupTargetRepository {
  /** `conflict` when the project has a target of that name. */
  insert(target: BackupTargetRecord, sealedSecret: Buffer | null): Promise<void>;
  get(projectId: string, id: string): Promise<SealedBackupTarget | null>;
  /** As `get`, for the platform’s own work. */
  getAny(id: string): Promise<SealedBackupTarget | null>;
  /** As `get`, and holds the row until the transaction ends, against its deletion too. */
  lock(projectId: string, id: string): Promise<SealedBackupTarget | null>;
  /** Oldest first. */
  list(projectId: string, wish: KeysetWish): Promise<BackupTargetRecord[]>;
  count(projectId: string): Promise<number>;
  /** The secret stays unless one is given. `conflict` (name), `stale`. */
  update(target: BackupTargetRecord, sealedSecret?: Buffer | null): Promise<void>;
  /** What keeps it from being deleted. */
  uses(id: string): Promise<{ schedules: number; backups: number }>;
  delete(id: string): Promise<void>;
}

export interface BackupRecord {
  id: string;
  organizationId: string;
  projectId: string;
  targetId: string;
  volumeId: string;
  /** As it was called then. */
  volumeName: string;
  /** Null: its user asked for it. */
  scheduleId: string | null;
  actionId: string;
  state: BackupState;
  message: string | null;
  /** Null until it is complete. */
  objectKey: string | null;
  /** As stored, compressed. */
  objectBytes: number | null;
  /** The tar. */
  contentBytes: number | null;
  /** Files, folders and links. */
  entries: number | null;
  /** Of the object, in hexadecimal. */
  sha256: string | null;
  /** Of the tar, read so far. */
  doneBytes: number;
  createdAt: Date;
  startedAt: Date | null;
  endedAt: Date | null;
}

export type BackupContent = Pick<BackupRecord, 'objectKey' | 'objectBytes' | 'contentBytes' | 'entries' | 'sha256'>;

export interface BackupFilter extends KeysetWish {
  volumeId?: string | undefined;
  targetId?: string | undefined;
  scheduleId?: string | undefined;
  state?: BackupState | undefined;
}

export interface BackupRepository {
  insert(backup: BackupRecord): Promise<void>;
  get(projectId: string, id: string): Promise<BackupRecord | null>;
  getAny(id: string): Promise<BackupRecord | null>;
  /** As `get`, and holds the row until the transaction ends. */
  lock(projectId: string, id: string): Promise<BackupRecord | null>;
  /** Newest first. */
  list(projectId: string, filter: BackupFilter): Promise<BackupRecord[]>;
  /** Complete ones of schedules. */
  completeOf(scheduleIds: string[]): Promise<BackupRecord[]>;
  begun(id: string, now: Date): Promise<void>;
  /** Throws for a step that the table of states does not have. */
  move(backup: BackupRecord, to: BackupState, message: string | null, endedAt: Date | null): Promise<void>;
  complete(backup: BackupRecord, content: BackupContent, now: Date): Promise<void>;
  delete(id: string): Promise<void>;
  /** Failed and canceled ones that ended before; how many. */
  prune(before: Date): Promise<number>;
}

export interface BackupScheduleRecord extends Retention {
  id: string;
  organizationId: string;
  projectId: string;
  volumeId: string;
  targetId: string;
  /** Five fields. */
  cron: string;
  /** Of the IANA data base. */
  timeZone: string;
  enabled: boolean;
  /** Null while it is switched off. */
  nextAt: Date | null;
  /** When it was due last, and what kept a backup from being begun then. */
  lastAt: Date | null;
  lastMessage: string | null;
  createdAt: Date;
  rowVersion: number;
}

export interface BackupScheduleDetails extends BackupScheduleRecord {
  volumeName: string;
  targetName: string;
}

export interface BackupScheduleRepository {
  insert(schedule: BackupScheduleRecord): Promise<void>;
  get(projectId: string, id: string): Promise<BackupScheduleDetails | null>;
  /** As `get`, and holds the row until the transaction ends. */
  lock(projectId: string, id: string): Promise<BackupScheduleDetails | null>;
  /** Oldest first. */
  list(projectId: string, wish: KeysetWish & { volumeId?: string | undefined }): Promise<BackupScheduleDetails[]>;
  count(projectId: string): Promise<number>;
  /** `stale` when it was changed since it was read. */
  update(schedule: BackupScheduleRecord): Promise<void>;
  delete(id: string): Promise<void>;
  /** Holds one that is due and that nobody else holds at the moment; null when there is none. */
  lockDue(now: Date): Promise<BackupScheduleDetails | null>;
  /** Of all projects, that have limits, by the id of the one before. */
  withRetention(after: string | null, limit: number): Promise<BackupScheduleRecord[]>;
}
