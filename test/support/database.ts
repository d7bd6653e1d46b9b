import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { withDatabase } from './template-database.js';

export interface TestDatabase {
  name: string;
  /** Of the database's owner. */
  url: string;
  /** The one the roles' passwords follow from. */
  masterKey: Buffer;
  drop(): Promise<void>;
}

/** A fresh, migrated database for one test file, cloned from the template in some tens of milliseconds. */
export const createTestDatabase = (): Promise<TestDatabase> => createDatabase(process.env.TEST_DATABASE_TEMPLATE);

/** A database without a schema, for what migrates one itself. */
export const createEmptyDatabase = (): Promise<TestDatabase> => createDatabase('template0');

async function createDatabase(template: string | undefined): Promise<TestDatabase> {
  const server = process.env.TEST_DATABASE_URL;
  const keyFile = process.env.PIERHEAD_MASTER_KEY_FILE;
  if (!server || !template || !keyFile) throw new Error('This test needs the parts of test/support/global-setup.ts.');
  const name = `test_${randomBytes(6).toString('hex')}`;
  const asOwner = async (statement: string) => {
    const client = new pg.Client({ connectionString: withDatabase(server, 'postgres') });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  };
  await asOwner(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  return {
    name,
    url: withDatabase(server, name),
    masterKey: Buffer.from(readFileSync(keyFile, 'utf8').trim(), 'base64'),
    drop: () => asOwner(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}
