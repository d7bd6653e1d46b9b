import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { runProgram } from './test-parts.js';

const migrator = 'apps/ctl/migrate.ts';

function migrationsHash(root: string): string {
  const hash = createHash('sha256');
  const files = readdirSync(join(root, 'migrations'), { recursive: true, encoding: 'utf8' }).filter((f) =>
    f.endsWith('.ts'),
  );
  for (const file of files.sort()) hash.update(file).update(readFileSync(join(root, 'migrations', file)));
  return hash.digest('hex').slice(0, 10);
}

/** The same server, another database. */
export function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}

/**
 * Makes, once for each state of the migrations, the database that tests are cloned from, and returns its name.
 * @param url of a superuser of the test server
 */
export async function ensureTemplateDatabase(root: string, url: string, masterKeyFile: string): Promise<string> {
  const name = `pierhead_template_${migrationsHash(root)}`;
  const client = new pg.Client({ connectionString: withDatabase(url, 'postgres') });
  await client.connect();
  try {
    // Several test runs may share one server.
    await client.query('SELECT pg_advisory_lock(7001)');
    const found = await client.query<{ datistemplate: boolean }>(
      'SELECT datistemplate FROM pg_database WHERE datname = $1',
      [name],
    );
    if (found.rows[0]?.datistemplate) return name;
    await client.query(`DROP DATABASE IF EXISTS ${name}`);
    await client.query(`CREATE DATABASE ${name}`);
    if (existsSync(join(root, migrator))) {
      runProgram(root, migrator, { DATABASE_URL: withDatabase(url, name), PIERHEAD_MASTER_KEY_FILE: masterKeyFile });
    }
    await client.query(`ALTER DATABASE ${name} WITH IS_TEMPLATE true`);
    return name;
  } finally {
    await client.end();
  }
}
