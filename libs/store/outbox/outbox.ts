import type { Outbox, ReconcileKey } from '#libs/core/outbox/outbox.port.js';
import type { Sql } from '../connection/sql.js';

export class PostgresOutbox implements Outbox {
  private readonly waiting = new Set<ReconcileKey>();

  constructor(
    private readonly sql: Sql,
    private readonly wrote: () => void,
  ) {}

  /** Written with the commit, each key once. */
  add(keys: ReconcileKey[]): Promise<void> {
    if (keys.length && !this.waiting.size) this.sql.atEnd(() => this.write());
    for (const key of keys) this.waiting.add(key);
    return Promise.resolve();
  }

  private async write(): Promise<void> {
    const keys = [...this.waiting];
    this.waiting.clear();
    this.wrote();
    await this.sql.query('outbox-add', `INSERT INTO outbox (key) SELECT unnest($1::text[])`, [keys]);
  }
}
