import { DomainError } from '#libs/domain/error.js';
import { Clock } from '#libs/platform/clock.js';
import { UnitOfWork } from '../unit-of-work/unit-of-work.port.js';
import type { BackupTimes } from './backup.settings.js';
import type { BackupWorkRecord, LeaseAnswer } from './backup-work.repository.port.js';

export class LeaseLost extends Error {}
export class Canceled extends Error {}
export class Stopping extends Error {}

export interface KeptWork {
  unitOfWork: UnitOfWork;
  clock: Clock;
  work: BackupWorkRecord;
  holder: string;
  times: BackupTimes;
}

/**
 * Keeps up the lease of one attempt, tells how far it is, and ends it: when its user canceled it, its time is up,
 * nothing moves any more, or the lease is lost.
 */
export class LeaseKeeper {
  private readonly ending = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private keeping: Promise<void> | null = null;
  private keptAt: number;
  private movedAt: number;
  private bytes: number | null = null;
  private told: number | null = null;

  constructor(private readonly kept: KeptWork) {
    this.keptAt = this.movedAt = this.now();
  }

  get signal(): AbortSignal {
    return this.ending.signal;
  }

  start(): void {
    this.timer = setInterval(() => {
      // One that waits for the database is not joined by others.
      this.keeping ??= this.keep().finally(() => (this.keeping = null));
    }, this.kept.times.keepMs);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  end(reason: Error): void {
    this.ending.abort(reason);
  }

  moved(bytes: number): void {
    this.bytes = bytes;
    this.movedAt = this.now();
  }

  /** Renewed once more, for what comes after the work itself. */
  async confirm(): Promise<LeaseAnswer> {
    const { unitOfWork, work, holder, times } = this.kept;
    await this.keeping;
    return unitOfWork.platform((tx) => tx.backupWork.renew(work, holder, times.leaseMs, null));
  }

  private async keep(): Promise<void> {
    const { unitOfWork, work, holder, times } = this.kept;
    const bytes = this.bytes;
    try {
      const answer = await unitOfWork.platform(async (tx) => {
        const renewed = await tx.backupWork.renew(work, holder, times.leaseMs, bytes);
        const message = bytes === null ? null : progress(bytes);
        if (renewed === 'kept' && bytes !== this.told)
          await tx.actions.move(work.actionId, 'in-progress', message, null);
        return renewed;
      });
      this.told = bytes;
      this.keptAt = this.now();
      if (answer === 'lost') this.end(new LeaseLost());
      else if (answer === 'cancel-asked') this.end(new Canceled());
    } catch {
      // The database is away: until the lease is over nobody else has the work.
      if (this.now() - this.keptAt >= times.leaseMs) this.end(new LeaseLost());
    }
    if (this.now() >= work.deadlineAt.getTime()) {
      this.end(new DomainError('timeout', 'It was not done by its deadline.'));
    } else if (this.now() - this.movedAt >= times.stallMs) {
      this.end(
        new DomainError('timeout', `Nothing moved for ${Math.round(times.stallMs / 1_000)} s; it was given up.`),
      );
    }
  }

  private now(): number {
    return this.kept.clock.now().getTime();
  }
}

const progress = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB of the files were carried.`;
