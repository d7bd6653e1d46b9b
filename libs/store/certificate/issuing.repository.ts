import type { BackOff, IssuingRepository } from '#libs/core/certificate/certificate.repository.port.js';
import type { Sql } from '../connection/sql.js';

interface Account {
  url: string | null;
  keySealed: Buffer;
}

export class PostgresIssuingRepository implements IssuingRepository {
  constructor(private readonly sql: Sql) {}

  account(directory: string): Promise<Account | null> {
    return this.sql.first<Account>(
      'acme-account',
      `SELECT url, key_sealed AS "keySealed" FROM acme_account WHERE directory = $1`,
      [directory],
    );
  }

  async saveAccount(directory: string, url: string | null, keySealed: Buffer): Promise<Account> {
    const row = await this.sql.first<Account>(
      'acme-save-account',
      `INSERT INTO acme_account AS a (directory, url, key_sealed) VALUES ($1, $2, $3)
       ON CONFLICT (directory) DO UPDATE SET url = coalesce(a.url, excluded.url)
       RETURNING url, key_sealed AS "keySealed"`,
      [directory, url, keySealed],
    );
    return row ?? { url, keySealed };
  }

  backOffs(names: string[]): Promise<BackOff[]> {
    return this.sql.query<BackOff>(
      'acme-back-offs',
      `SELECT name, failures, not_before AS "notBefore", problem FROM acme_backoff WHERE name = ANY($1::text[]) ORDER BY name`,
      [names],
    );
  }

  async saveBackOffs(backOffs: BackOff[]): Promise<void> {
    await this.sql.query(
      'acme-save-back-offs',
      `INSERT INTO acme_backoff (name, failures, not_before, problem)
       SELECT b.name, b.failures, b.not_before, b.problem
         FROM jsonb_to_recordset($1::jsonb) AS b (name text, failures integer, not_before timestamptz, problem text) ORDER BY b.name
       ON CONFLICT (name) DO UPDATE SET failures = excluded.failures, not_before = excluded.not_before, problem = excluded.problem`,
      [JSON.stringify(backOffs.map(({ notBefore, ...rest }) => ({ ...rest, not_before: notBefore })))],
    );
  }

  async clearBackOffs(names: string[]): Promise<void> {
    await this.sql.query('acme-clear-back-offs', `DELETE FROM acme_backoff WHERE name = ANY($1::text[])`, [names]);
  }
}
