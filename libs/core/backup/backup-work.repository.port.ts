import type { BackupWorkKind } from '#libs/domain/backup/state.js';

/** Work that is not over yet. Whoever holds its lease does it; when the lease ends somebody else may take it. */
export interface BackupWorkRecord {
  id: string;
  organizationId: string;
  projectId: string;
  kind: BackupWorkKind;
  backupId: string;
  actionId: string;
  /** Read by a backup, written by a restore; null of a deletion. */
  volumeId: string | null;
  /** The volume was made for this restore and goes with it when it fails. */
  madeVolume: boolean;
  /** The engine’s volume that the present or the last attempt of a restore unpacks into, and its node. */
  besideName: string | null;
  besideNodeId: string | null;
  attempts: number;
  deadlineAt: Date;
  cancelAsked: boolean;
  createdAt: Date;
}

/** `lost`: somebody else may hold it by now. */
export type LeaseAnswer = 'kept' | 'cancel-asked' | 'lost';

export interface BackupWorkRepository {
  /** False when the volume has work that is not over. */
  insert(work: BackupWorkRecord): Promise<boolean>;
  /** What the volume is busy with. */
  ofVolume(volumeId: string): Promise<BackupWorkRecord | null>;
  ofBackup(backupId: string): Promise<BackupWorkRecord[]>;
  ofAction(actionId: string): Promise<BackupWorkRecord | null>;
  askCancel(id: string): Promise<void>;
  /**
   * The oldest that nobody holds, of the organization that has the fewest at work: one tenant’s many do not keep the
   * others waiting. Its `attempts` are counted with this one.
   */
  claim(holder: string, leaseMs: number): Promise<BackupWorkRecord | null>;
  /** Also tells how far it is. */
  renew(work: BackupWorkRecord, holder: string, leaseMs: number, doneBytes: number | null): Promise<LeaseAnswer>;
  /** Notes where a restore is unpacked; `stale` when the lease is lost. */
  noteBeside(id: string, holder: string, nodeId: string, name: string): Promise<void>;
  /** For somebody else, not before the given time. Nothing happens when the lease is lost. */
  release(id: string, holder: string, notBefore: Date | null, countAttempt: boolean): Promise<boolean>;
  /** `stale` when the lease is lost: whatever else the transaction did is undone with it. */
  end(id: string, holder: string): Promise<void>;
}
