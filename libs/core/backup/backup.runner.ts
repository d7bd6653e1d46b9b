import type { BackupWorkKind } from '#libs/domain/backup/state.js';
import { DomainError } from '#libs/domain/error.js';
import { Clock } from '#libs/platform/clock.js';
import { newId } from '#libs/platform/id.js';
import type { Log } from '#libs/platform/log.js';
import { UnitOfWork } from '../unit-of-work/unit-of-work.port.js';
import { mostAttempts, type BackupTimes } from './backup.settings.js';
import type { Attempt, BackupTask, Finish } from './backup.task.js';
import type { BackupWorkRecord } from './backup-work.repository.port.js';
import { Canceled, LeaseKeeper, LeaseLost, Stopping } from './lease.keeper.js';

export type BackupOutcome = 'success' | 'failed' | 'canceled' | 'retried' | 'lost';

export interface BackupRunnerOptions {
  work: UnitOfWork;
  clock: Clock;
  tasks: Record<BackupWorkKind, BackupTask>;
  times: BackupTimes;
  /** How many at once, in this worker. */
  atOnce: number;
  log: Log;
  done?: (kind: BackupWorkKind, outcome: BackupOutcome) => void;
}

const dueToPass = ['unavailable', 'timeout', 'rate-limited'];

/**
 * Takes work for backups under leases in the database and does it. Any number of workers may run; whose lease ends is
 * taken for dead, and what it wrote meanwhile does not count.
 */
export class BackupRunner {
  private readonly running = new Set<Promise<void>>();
  private readonly keepers = new Set<LeaseKeeper>();
  private stopped = false;

  constructor(private readonly options: BackupRunnerOptions) {}

  /** Begins what there is to begin, and does not wait for its end. */
  async look(): Promise<void> {
    const { work, times, atOnce } = this.options;
    while (!this.stopped && this.running.size < atOnce) {
      const holder = newId<string>();
      const claimed = await work.platform((tx) => tx.backupWork.claim(holder, times.leaseMs));
      if (!claimed) return;
      const run = this.attempt(claimed, holder).catch((error: unknown) =>
        this.options.log.warn({ work: claimed.id, err: error }, 'Work for a backup is left to whoever takes it next.'),
      );
      this.running.add(run);
      void run.then(() => this.running.delete(run));
    }
  }

  /** Gives up what is on its way; another worker begins it anew. */
  async stop(): Promise<void> {
    this.stopped = true;
    for (const keeper of this.keepers) keeper.end(new Stopping());
    await Promise.all(this.running);
  }

  /** Resolves when nothing is on its way any more. */
  async idle(): Promise<void> {
    while (this.running.size > 0) await Promise.all(this.running);
  }

  private async attempt(work: BackupWorkRecord, holder: string): Promise<void> {
    const { times } = this.options;
    const keeper = new LeaseKeeper({ unitOfWork: this.options.work, clock: this.options.clock, work, holder, times });
    this.keepers.add(keeper);
    const attempt: Attempt = { work, holder, signal: keeper.signal, moved: (bytes) => keeper.moved(bytes) };
    try {
      if (this.stopped) keeper.end(new Stopping());
      const outcome = await this.try(attempt, keeper);
      this.options.log.info(
        { work: work.id, kind: work.kind, backup: work.backupId, outcome },
        'Work for a backup ended.',
      );
      this.options.done?.(work.kind, outcome);
    } finally {
      keeper.stop();
      this.keepers.delete(keeper);
    }
  }

  private async try(attempt: Attempt, keeper: LeaseKeeper): Promise<BackupOutcome> {
    const { work, holder } = attempt;
    try {
      this.requireTime(work);
      await this.begin(work);
      keeper.start();
      const finish = await this.options.tasks[work.kind].run(attempt);
      attempt.signal.throwIfAborted();
      await this.finish(work, holder, finish);
      return 'success';
    } catch (error) {
      return this.failed(attempt, keeper, error);
    }
  }

  private requireTime({ cancelAsked, deadlineAt, attempts }: BackupWorkRecord): void {
    if (cancelAsked) throw new Canceled();
    if (deadlineAt <= this.options.clock.now()) throw new DomainError('timeout', 'It was not done by its deadline.');
    if (attempts > mostAttempts) {
      throw new DomainError('internal', `${mostAttempts} workers ended in the middle of it; it is given up.`);
    }
  }

  private begin({ kind, backupId, actionId }: BackupWorkRecord): Promise<void> {
    return this.options.work.platform(async (tx) => {
      await tx.actions.move(actionId, 'in-progress', null, null);
      if (kind === 'backup') await tx.backups.begun(backupId, this.options.clock.now());
    });
  }

  private finish({ id, actionId }: BackupWorkRecord, holder: string, finish: Finish): Promise<void> {
    return this.options.work.platform(async (tx) => {
      // First, and undone with the rest: whoever lost the lease changes nothing.
      await tx.backupWork.end(id, holder);
      await finish(tx);
      await tx.actions.move(actionId, 'success', null, this.options.clock.now());
    });
  }

  private async failed(attempt: Attempt, keeper: LeaseKeeper, cause: unknown): Promise<BackupOutcome> {
    const { work, holder } = attempt;
    const error = attempt.signal.aborted ? attempt.signal.reason : cause;
    // Whether a transaction was committed whose answer got lost shows here: the work is then over.
    if (error instanceof LeaseLost || (await keeper.confirm()) === 'lost') return 'lost';
    await this.tidy(attempt);
    if (error instanceof Stopping) {
      await this.options.work.platform((tx) => tx.backupWork.release(work.id, holder, null, false));
      return 'retried';
    }
    const canceled = error instanceof Canceled;
    if (!canceled && (await this.again(work, holder, error))) return 'retried';
    const message = this.sentence(work, error);
    await this.options.work.platform(async (tx) => {
      await tx.backupWork.end(work.id, holder);
      await this.options.tasks[work.kind].fail(tx, work, canceled ? 'canceled' : 'failed', message);
      await tx.actions.move(work.actionId, canceled ? 'canceled' : 'failed', message, this.options.clock.now());
    });
    return canceled ? 'canceled' : 'failed';
  }

  private async tidy(attempt: Attempt): Promise<void> {
    try {
      await this.options.tasks[attempt.work.kind].tidy(attempt);
    } catch (error) {
      // It is found again: every attempt and every deletion clears all that the backup left.
      this.options.log.warn({ backup: attempt.work.backupId, err: error }, 'What an attempt left is still there.');
    }
  }

  /** What may pass by itself is tried again, later each time, as long as there are attempts and time. */
  private async again(work: BackupWorkRecord, holder: string, error: unknown): Promise<boolean> {
    const { times, clock } = this.options;
    if (!(error instanceof DomainError) || !dueToPass.includes(error.code) || work.attempts >= mostAttempts)
      return false;
    const at = new Date(clock.now().getTime() + times.retryMs * 4 ** (work.attempts - 1));
    if (at >= work.deadlineAt) return false;
    await this.options.work.platform(async (tx) => {
      if (!(await tx.backupWork.release(work.id, holder, at, true))) return;
      const message = `Attempt ${work.attempts}: ${error.message} It is tried again.`;
      await tx.actions.move(work.actionId, 'in-progress', message, null);
    });
    return true;
  }

  private sentence(work: BackupWorkRecord, error: unknown): string {
    if (error instanceof DomainError) return error.message;
    if (error instanceof Canceled) return 'Canceled by its user.';
    this.options.log.error({ work: work.id, kind: work.kind, err: error }, 'Work for a backup met a defect.');
    return 'It failed of a defect of the platform; its log says more.';
  }
}
