import pg from 'pg';
import { createDataSource } from '../connection/data-source.js';
import { requirePlainRoles, setRolePasswords } from './role-passwords.js';

export type MigrationStep =
  | { step: 'waiting' }
  | { step: 'migrated'; migration: string }
  | { step: 'passwords' }
  | { step: 'current'; applied: number };

/** Any number that nothing else on this database locks. */
const lockKey = 7_346_501;

/**
 * Brings a database to the newest schema and its roles to the master key's passwords. Of several at once, one works
 * and the others wait and then find nothing to do.
 * @param ownerUrl of the database's owner, who must be allowed to create and alter roles
 */
export async function migrate(
  ownerUrl: string,
  masterKey: Buffer,
  report: (step: MigrationStep) => void,
): Promise<void> {
  const owner = new pg.Client({
    connectionString: ownerUrl,
    connectionTimeoutMillis: 5_000,
    application_name: 'pierhead-migrate',
  });
  await owner.connect();
  try {
    const locked = await owner.query<{ ok: boolean }>('SELECT pg_try_advisory_lock($1) AS ok', [lockKey]);
    if (!locked.rows[0]?.ok) {
      report({ step: 'waiting' });
      await owner.query('SELECT pg_advisory_lock($1)', [lockKey]);
    }
    const applied = await applyMigrations(ownerUrl);
    for (const migration of applied) report({ step: 'migrated', migration });
    await setRolePasswords(owner, masterKey);
    await requirePlainRoles(owner);
    report({ step: 'passwords' });
    report({ step: 'current', applied: applied.length });
  } finally {
    // Ends the lock, too.
    await owner.end();
  }
}

async function applyMigrations(ownerUrl: string): Promise<string[]> {
  const source = createDataSource(ownerUrl, {
    poolSize: 1,
    applicationName: 'pierhead-migrate',
    statementTimeoutMs: 0,
  });
  await source.initialize();
  try {
    return (await source.runMigrations({ transaction: 'all' })).map((migration) => migration.name);
  } finally {
    await source.destroy();
  }
}
