import pg from 'pg';
import { waitFor } from '#libs/launch/process/wait.js';
import { countedText } from '#libs/store/quota/quota.recount.js';

/** What the database says of the whole platform, read as its owner: row-level security does not hide anything. */
export class Ledger {
  constructor(private readonly url: () => string) {}

  async rows<T extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<T[]> {
    const client = new pg.Client({ connectionString: this.url(), connectionTimeoutMillis: 5_000 });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query<T>(sql, values)).rows;
    } finally {
      await client.end();
    }
  }

  async count(table: 'action' | 'container' | 'deployment' | 'event' | 'outbox' | 'service' | 'stack' | 'volume') {
    const [row] = await this.rows<{ n: number }>(`SELECT count(*)::int AS n FROM ${table}`);
    return row?.n ?? 0;
  }

  /** Every number that a request which was refused must not have changed. Events and the outbox tell of all writes. */
  async counts(): Promise<Record<string, number>> {
    const tables = ['action', 'container', 'deployment', 'event', 'service', 'stack', 'volume'] as const;
    const rows = await this.rows<Record<string, number>>(
      `SELECT ${tables.map((table) => `(SELECT count(*)::int FROM ${table}) AS ${table}`).join(', ')},
              (SELECT coalesce(sum(used), 0)::int FROM usage) AS used`,
    );
    return rows[0] ?? {};
  }

  openActions(): Promise<{ verb: string; resource_name: string; state: string }[]> {
    return this.rows('SELECT verb, resource_name, state FROM action WHERE ended_at IS NULL ORDER BY started_at');
  }

  /** Lines where a counter of a quota differs from what is there. */
  async quotaDrift(): Promise<unknown[]> {
    const organizations = await this.rows<{ id: string }>('SELECT id FROM organization');
    const drift = await Promise.all(organizations.map(({ id }) => this.rows(countedText, [id])));
    return drift.flat();
  }

  /** Slots of a service that hold more than one container which is to run. */
  doubled(): Promise<unknown[]> {
    return this.rows(
      `SELECT service_id, ordinal, count(*) AS n FROM container
        WHERE service_id IS NOT NULL AND removed_at IS NULL AND desired <> 'removed'
        GROUP BY 1, 2 HAVING count(*) > 1`,
    );
  }

  async untilActionsEnded(timeoutMs = 60_000): Promise<void> {
    let open: unknown[] = [];
    await waitFor(async () => (open = await this.openActions()).length === 0, {
      what: 'The end of every action',
      timeoutMs,
      intervalMs: 100,
    }).catch((error: Error) => {
      throw new Error(`${error.message} Open: ${JSON.stringify(open)}.`);
    });
  }
}
