import type { Transaction } from '../unit-of-work/unit-of-work.port.js';
import type { BackupWorkRecord } from './backup-work.repository.port.js';

/** One attempt of one worker. */
export interface Attempt {
  work: BackupWorkRecord;
  /** Nobody else’s, so that what two attempts leave can be told apart. */
  holder: string;
  /** Aborted with the reason why it is to end. */
  signal: AbortSignal;
  /** A sign that it goes on: bytes of the tar so far. */
  moved(bytes: number): void;
}

/** What the last transaction does when all else is done, together with the end of the work. */
export type Finish = (tx: Transaction) => Promise<void>;

export type BadEnd = 'failed' | 'canceled';

/** What a worker does for one kind of work. Every attempt begins anew, whatever an earlier one left. */
export interface BackupTask {
  run(attempt: Attempt): Promise<Finish>;
  /** Removes what attempts left in the store, as far as that goes. No outcome may have been written. */
  tidy(attempt: Attempt): Promise<void>;
  /** In the transaction that ends the work without success. */
  fail(tx: Transaction, work: BackupWorkRecord, end: BadEnd, message: string): Promise<void>;
}
