import { Counter, Histogram, type Registry } from 'prom-client';

export class WorkerMetrics {
  private readonly reconciliations: Counter;
  private readonly duration: Histogram;
  private readonly backups: Counter;

  constructor(readonly registry: Registry) {
    this.reconciliations = new Counter({
      name: 'pierhead_reconciliations_total',
      help: 'Keys looked at, by kind and outcome.',
      labelNames: ['kind', 'outcome'],
      registers: [registry],
    });
    this.duration = new Histogram({
      name: 'pierhead_reconciliation_seconds',
      help: 'Time from taking a key to its commit.',
      labelNames: ['kind'],
      buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 5],
      registers: [registry],
    });
    this.backups = new Counter({
      name: 'pierhead_backup_attempts_total',
      help: 'Attempts at backups, restores and deletions of backups, by kind and outcome.',
      labelNames: ['kind', 'outcome'],
      registers: [registry],
    });
  }

  reconciled(kind: string, outcome: string, ms: number): void {
    this.reconciliations.inc({ kind, outcome });
    this.duration.observe({ kind }, ms / 1_000);
  }

  backedUp(kind: string, outcome: string): void {
    this.backups.inc({ kind, outcome });
  }
}
