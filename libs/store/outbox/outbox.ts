import type { Outbox, ReconcileKey } from '#libs/core/outbox/outbox.port.js';
import type { Sql } from '../connection/sql.js';

export class PostgresOutbox implements Outbox {
  constructor(
    private readonly sql: Sql,
    private readonly wrote: () => void,
  ) {}

  async add(keys: ReconcileKey[]): Promise<void> {
    const distinct = [...new Set(keys)];
    if (!distinct.length) return;
    this.wrote();
    await this.sql.query('outbox-add', `INSERT INTO outbox (key) SELECT unnest($1::text[])`, [distinct]);
  }
}
