/**
 * `pending`: waits for a worker · `running` · `complete`: all of it is in the store, with its manifest · `failed`,
 * `canceled`: nothing of it is kept · `deleting`: its objects are being removed.
 */
export const backupStates = ['pending', 'running', 'complete', 'failed', 'canceled', 'deleting'] as const;
export type BackupState = (typeof backupStates)[number];

export const backupTransitions: Record<BackupState, readonly BackupState[]> = {
  pending: ['running', 'failed', 'canceled'],
  // Back to the start when its worker ended and another one takes it over.
  running: ['pending', 'complete', 'failed', 'canceled'],
  complete: ['deleting'],
  failed: ['deleting'],
  canceled: ['deleting'],
  // The store refused: it is still there.
  deleting: ['complete', 'failed', 'canceled'],
};

/** Only these count against the quota: the others hold nothing. */
export const backupCounts = (state: BackupState): boolean => state !== 'failed' && state !== 'canceled';

/** What a worker does for a backup, one at a time for each volume. */
export const backupWorkKinds = ['backup', 'restore', 'delete'] as const;
export type BackupWorkKind = (typeof backupWorkKinds)[number];
