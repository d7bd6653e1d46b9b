import pg from 'pg';
import type { DataSource } from 'typeorm';
import { CommitNotices } from '#libs/core/unit-of-work/commit-notices.port.js';
import type { DatabaseRole } from '#libs/store/connection/database-role.js';
import { createDataSource } from '#libs/store/connection/data-source.js';
import { roleUrl } from '#libs/store/connection/database-role.js';
import type { PostgresTransaction } from '#libs/store/connection/postgres.transaction.js';
import { PostgresUnitOfWork } from '#libs/store/connection/postgres.unit-of-work.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';

export interface TestStore {
  database: TestDatabase;
  work: PostgresUnitOfWork;
  /** What commits told of. */
  notices: RecordedNotices;
  tenantSource: DataSource;
  platformSource: DataSource;
  /** Runs one statement as the platform. */
  sql<T = Record<string, unknown>>(text: string, values?: unknown[]): Promise<T[]>;
  /** As the database's owner. */
  asOwner<T = Record<string, unknown>>(text: string, values?: unknown[]): Promise<T[]>;
  close(): Promise<void>;
}

export class RecordedNotices extends CommitNotices {
  outbox = 0;
  readonly events: string[] = [];

  outboxWritten(): void {
    this.outbox++;
  }

  eventsWritten(organizationIds: string[]): void {
    this.events.push(...organizationIds);
  }
}

export interface TestStoreOptions {
  poolSize?: number;
  statementTimeoutMs?: number;
  database?: TestDatabase;
}

/** The store over a fresh database, as processes have it: two pools, one of each role. */
export async function openStore(options: TestStoreOptions = {}): Promise<TestStore> {
  const database = options.database ?? (await createTestDatabase());
  const source = (role: DatabaseRole) =>
    createDataSource(roleUrl(database.url, role, database.masterKey), {
      poolSize: options.poolSize ?? 4,
      applicationName: 'test',
      statementTimeoutMs: options.statementTimeoutMs,
    }).initialize();
  const [tenantSource, platformSource] = await Promise.all([source('pierhead_tenant'), source('pierhead_platform')]);
  const notices = new RecordedNotices();
  const work = new PostgresUnitOfWork(tenantSource, platformSource, notices);
  return {
    database,
    work,
    notices,
    tenantSource,
    platformSource,
    sql: (text, values) => work.platformRead((tx) => (tx as PostgresTransaction).sql.vary(text, values)),
    async asOwner<T>(text: string, values?: unknown[]) {
      const owner = new pg.Client({ connectionString: database.url });
      await owner.connect();
      try {
        return (await owner.query(text, values)).rows as T[];
      } finally {
        await owner.end();
      }
    },
    async close() {
      await Promise.all([tenantSource.destroy(), platformSource.destroy()]);
      await database.drop();
    },
  };
}
