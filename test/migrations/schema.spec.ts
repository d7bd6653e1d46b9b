import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { createDataSource } from '#libs/store/connection/data-source.js';
import { databaseRoles, roleUrl } from '#libs/store/connection/database-role.js';
import { migrate, type MigrationStep } from '#libs/store/migration/migrator.js';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../support/database.js';
import { describeSchema } from './catalog.js';

const settings = { poolSize: 2, applicationName: 'test' };
const databases: TestDatabase[] = [];
const empty = async () => {
  const database = await createEmptyDatabase();
  databases.push(database);
  return database;
};
const schemaOf = async (url: string) => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await describeSchema(client);
  } finally {
    await client.end();
  }
};

afterAll(async () => {
  for (const database of databases) await database.drop();
});

describe('migrations', () => {
  it('bring an empty database to the newest schema, once', async () => {
    const { url, masterKey } = await empty();
    const steps: MigrationStep[] = [];
    await migrate(url, masterKey, (step) => steps.push(step));
    expect([...new Set(steps.map((step) => step.step))]).toEqual(['migrated', 'passwords', 'current']);
    steps.length = 0;
    await migrate(url, masterKey, (step) => steps.push(step));
    expect(steps).toEqual([{ step: 'passwords' }, { step: 'current', applied: 0 }]);
  });

  it('are applied once by several processes at once', async () => {
    const { url, masterKey } = await empty();
    const applied: string[] = [];
    const one = () =>
      migrate(url, masterKey, (step) => {
        if (step.step === 'migrated') applied.push(step.migration);
      });
    await Promise.all([one(), one(), one()]);
    expect(applied).toEqual([...new Set(applied)]);
    expect(applied.length).toBeGreaterThan(0);
  });

  it('share the roles of the server with its other databases, also at the same time', async () => {
    const several = [await empty(), await empty(), await empty()];
    await Promise.all(several.map(({ url, masterKey }) => migrate(url, masterKey, () => undefined)));
    for (const { url, masterKey } of several) {
      for (const role of databaseRoles) {
        const client = new pg.Client({ connectionString: roleUrl(url, role, masterKey) });
        await client.connect();
        await client.query('SELECT count(*) FROM project');
        await client.end();
      }
    }
  });

  it('need an owner who may make roles, not a superuser', async () => {
    const database = await empty();
    const owner = `owner_${randomBytes(4).toString('hex')}`;
    const superuser = new pg.Client({ connectionString: database.url });
    await superuser.connect();
    await superuser.query(`CREATE ROLE ${owner} LOGIN CREATEROLE PASSWORD 'owner'`);
    // The server has the roles already, or the owner makes them and administers them from then on.
    await superuser.query(`GRANT ${databaseRoles.join(', ')} TO ${owner} WITH ADMIN OPTION`);
    await superuser.query(`ALTER DATABASE ${database.name} OWNER TO ${owner}`);
    const url = new URL(database.url);
    [url.username, url.password] = [owner, 'owner'];
    try {
      await migrate(url.href, database.masterKey, () => undefined);
      const tenant = new pg.Client({ connectionString: roleUrl(url.href, 'pierhead_tenant', database.masterKey) });
      await tenant.connect();
      // Runs as the owner.
      await tenant.query(`SELECT next_assignment_generation('{}')`);
      await tenant.end();
    } finally {
      await superuser.query(`DROP OWNED BY ${owner} CASCADE`);
      await superuser.query(`ALTER DATABASE ${database.name} OWNER TO CURRENT_USER`);
      await superuser.query(`DROP ROLE ${owner}`);
      await superuser.end();
    }
  });

  it('go down to nothing and up again to the same', async () => {
    const database = await createTestDatabase();
    databases.push(database);
    const before = await schemaOf(database.url);
    const source = await createDataSource(database.url, settings).initialize();
    for (const _ of source.migrations) await source.undoLastMigration({ transaction: 'all' });
    expect(await schemaOf(database.url)).toEqual([]);
    await source.runMigrations({ transaction: 'all' });
    await source.destroy();
    expect(await schemaOf(database.url)).toEqual(before);
  });

  it('leave nothing for TypeORM to generate', async () => {
    const database = await createTestDatabase();
    databases.push(database);
    const source = await createDataSource(database.url, settings).initialize();
    const missing = await source.driver.createSchemaBuilder().log();
    await source.destroy();
    expect(missing.upQueries.map((query) => query.query)).toEqual([]);
  });

  // TypeORM compares neither conditions of indexes nor the order of columns; the catalogs of both do.
  it('make what the entities say, to the letter', async () => {
    const migrated = await createTestDatabase();
    const { url } = await empty();
    databases.push(migrated);
    const source = await createDataSource(url, settings).initialize();
    await source.synchronize();
    const leftOut = source.entityMetadatas.flatMap((entity) =>
      entity.indices.filter((index) => !index.synchronize).map((index) => ` INDEX ${index.name} `),
    );
    await source.destroy();
    const expressible = (await schemaOf(migrated.url)).filter((line) => !leftOut.some((index) => line.includes(index)));
    expect(await schemaOf(url)).toEqual(expressible);
  });
});

describe('the roles', () => {
  it('cannot sign in with another master key', async () => {
    const database = await createTestDatabase();
    databases.push(database);
    for (const role of databaseRoles) {
      const client = new pg.Client({ connectionString: roleUrl(database.url, role, randomBytes(32)) });
      await expect(client.connect()).rejects.toMatchObject({ code: '28P01' });
    }
  });

  it('never stand with their password in the server’s statements', async () => {
    const { url, masterKey } = await empty();
    const watcher = new pg.Client({ connectionString: url });
    await watcher.connect();
    await migrate(url, masterKey, () => undefined);
    const stored = await watcher.query<{ rolpassword: string }>(
      `SELECT rolpassword FROM pg_authid WHERE rolname LIKE 'pierhead\\_%'`,
    );
    await watcher.end();
    for (const row of stored.rows) expect(row.rolpassword).toMatch(/^SCRAM-SHA-256\$/);
  });
});
