import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { databaseRoles, roleUrl, type DatabaseRole } from '#libs/store/connection/database-role.js';
import { createTestDatabase } from '../support/database.js';
import { TenantRows } from '../support/tenant-rows.js';
import { securedTables } from './catalog.js';

// The tables come from the database, so that one which is added without its walls fails here.
const database = await createTestDatabase();
const connect = async (url: string) => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
};
const as = (role: DatabaseRole) => connect(roleUrl(database.url, role, database.masterKey));
const owner = await connect(database.url);
const tenant = await as('pierhead_tenant');
const platform = await as('pierhead_platform');
const tables = await securedTables(owner);
const rows = await TenantRows.of(owner);
const [ours, theirs] = [await rows.insertAll(), await rows.insertAll()];
// Parents with nothing below, so that a row hung there meets no unique constraint first.
const bare = new Map(theirs);
for (const parent of ['project', 'stack', 'service']) {
  bare.set(parent, await rows.insert(owner, parent, rows.values(parent, theirs.get('organization')?.id, bare)));
}
// A node of ours that holds nothing yet, for the same reason.
const besides = new Map(ours);
besides.set('node', await rows.insert(owner, 'node', rows.values('node', ours.get('organization')?.id, besides)));
const organizationOf = (of: typeof ours) => of.get('organization')?.id as string;
const [our, their] = [organizationOf(ours), organizationOf(theirs)];

const ofTenants = tables.filter((table) => table.hasOrganization).map((table) => table.name);
const grantedToTenant = async (table: string) =>
  (
    await owner.query<{ can: boolean }>(
      `SELECT has_table_privilege('pierhead_tenant', format('%I', $1::text), 'SELECT, INSERT, UPDATE, DELETE') AS can`,
      [table],
    )
  ).rows[0]?.can;

const name = (organizationId: string) =>
  tenant.query(`SELECT set_config('pierhead.organization_id', $1, false)`, [organizationId]);
/** In a transaction that is taken back, whatever happens in it. */
const tried = async <T>(work: () => Promise<T>): Promise<T> => {
  await tenant.query('BEGIN');
  try {
    return await work();
  } finally {
    await tenant.query('ROLLBACK');
  }
};
const organizationsSeen = async (client: pg.Client, table: string) =>
  (await client.query<{ id: string }>(`SELECT organization_id AS id FROM "${table}"`)).rows.map((row) => row.id).sort();

beforeEach(() => name(our));
afterAll(async () => {
  for (const client of [owner, tenant, platform]) await client.end();
  await database.drop();
});

describe.each(tables)('$name', (table) => {
  it('has row-level security that also binds its owner, and a policy for the platform', () => {
    expect(table).toMatchObject({ enabled: true, forced: true });
    expect(table.policies).toContainEqual({
      name: 'platform',
      role: 'pierhead_platform',
      command: 'ALL',
      using: 'true',
      check: 'true',
    });
  });

  it('opens to a tenant by its organization only, or not at all', async () => {
    const policies = table.policies.filter(({ role }) => role !== 'pierhead_platform' && role !== table.owner);
    for (const policy of policies) {
      expect(policy.role).toBe('pierhead_tenant');
      const condition = policy.using ?? policy.check;
      if (table.name !== 'outbox') expect(condition).toContain('pierhead.organization_id');
    }
    if (policies.length === 0) {
      await expect(tenant.query(`SELECT FROM "${table.name}"`)).rejects.toMatchObject({ code: '42501' });
    }
    if (table.hasOrganization) expect(policies).not.toEqual([]);
  });
});

describe.each(ofTenants)('a tenant and %s', (table) => {
  it('may do everything to its own rows', async () => {
    expect(await grantedToTenant(table)).toBe(true);
    expect(new Set(await organizationsSeen(tenant, table))).toEqual(new Set([our]));
    expect(new Set(await organizationsSeen(platform, table))).toEqual(new Set([our, their]));
  });

  it('sees nothing while no organization is named, or one that is not there', async () => {
    await tenant.query('RESET pierhead.organization_id');
    expect(await organizationsSeen(tenant, table)).toEqual([]);
    await name('');
    expect(await organizationsSeen(tenant, table)).toEqual([]);
    await name(randomUUID());
    expect(await organizationsSeen(tenant, table)).toEqual([]);
  });

  it('neither changes nor deletes another’s rows', async () => {
    const changed = await tried(() =>
      tenant.query(`UPDATE "${table}" SET organization_id = organization_id WHERE organization_id = $1`, [their]),
    );
    const deleted = await tried(() => tenant.query(`DELETE FROM "${table}" WHERE organization_id = $1`, [their]));
    expect([changed.rowCount, deleted.rowCount]).toEqual([0, 0]);
    const locked = await tried(() =>
      tenant.query(`SELECT FROM "${table}" WHERE organization_id = $1 FOR UPDATE`, [their]),
    );
    expect(locked.rowCount).toBe(0);
  });

  it('neither gives rows to another nor makes any in its name', async () => {
    await expect(
      tried(() => tenant.query(`UPDATE "${table}" SET organization_id = $1`, [their])),
    ).rejects.toMatchObject({ code: '42501' });
    await expect(tried(() => rows.insert(tenant, table, rows.values(table, their, theirs)))).rejects.toMatchObject({
      code: '42501',
    });
  });

  it('hangs nothing below another’s project, stack or service', async () => {
    for (const [column, parent] of Object.entries(rows.parentsOf(table))) {
      if (!['project', 'stack', 'service'].includes(parent.table)) continue;
      const values = { ...rows.values(table, our, besides), [column]: bare.get(parent.table)?.[parent.column] };
      await expect(tried(() => rows.insert(tenant, table, values))).rejects.toMatchObject({ code: '23503' });
    }
  });
});

describe('the assignment generation of a node', () => {
  const generation = async (node: unknown) =>
    (await owner.query<{ at: number }>('SELECT assignment_generation::int AS at FROM node WHERE id = $1', [node]))
      .rows[0]?.at;
  const bump = (of: typeof ours) =>
    tenant.query('SELECT next_assignment_generation(ARRAY[$1::uuid])', [of.get('container')?.id]);

  it('grows by a tenant’s own containers only', async () => {
    const [ourNode, theirNode] = [ours, theirs].map((of) => of.get('container')?.node_id);
    const before = [await generation(ourNode), await generation(theirNode)];
    await bump(ours);
    await bump(theirs);
    await tenant.query('RESET pierhead.organization_id');
    await bump(ours);
    expect([await generation(ourNode), await generation(theirNode)]).toEqual([(before[0] ?? 0) + 1, before[1]]);
  });
});

describe('what belongs to everybody or to nobody', () => {
  it('shows the shared pool’s nodes to tenants, who cannot change them', async () => {
    const shared = rows.values('node', null, new Map());
    await rows.insert(owner, 'node', shared);
    const seen = await tenant.query('SELECT FROM node WHERE id = $1', [shared.id]);
    const changed = await tried(() => tenant.query('UPDATE node SET name = name WHERE id = $1', [shared.id]));
    const deleted = await tried(() => tenant.query('DELETE FROM node WHERE id = $1', [shared.id]));
    await owner.query('DELETE FROM node WHERE id = $1', [shared.id]);
    expect([seen.rowCount, changed.rowCount, deleted.rowCount]).toEqual([1, 0, 0]);
  });

  it('keeps the shared pool’s join tokens and the platform’s audit from tenants', async () => {
    for (const table of ['join_token', 'action', 'event']) {
      const row = rows.values(table, null, new Map());
      await tried(async () => {
        await owner.query('BEGIN');
        await rows.insert(owner, table, row);
        expect((await tenant.query(`SELECT FROM "${table}" WHERE organization_id IS NULL`)).rowCount).toBe(0);
        await owner.query('ROLLBACK');
      });
      await expect(tried(() => rows.insert(tenant, table, row))).rejects.toMatchObject({ code: '42501' });
    }
  });

  it('shows a tenant its own organization and its members’ accounts, to read only', async () => {
    const organizations = await tenant.query<{ id: string }>('SELECT id FROM organization');
    expect(organizations.rows).toEqual([{ id: our }]);
    const accounts = await tenant.query<{ id: string }>('SELECT id FROM user_account');
    expect(accounts.rows).toEqual([{ id: ours.get('user_account')?.id }]);
    for (const statement of [
      'UPDATE organization SET name = name',
      'DELETE FROM organization',
      'UPDATE user_account SET is_operator = true',
      'DELETE FROM user_account',
    ]) {
      await expect(tried(() => tenant.query(statement))).rejects.toMatchObject({ code: '42501' });
    }
  });

  it('lets a tenant write outbox keys and read none', async () => {
    await tried(() => tenant.query(`INSERT INTO outbox (key) VALUES ('service:x')`));
    await expect(tried(() => tenant.query('SELECT FROM outbox'))).rejects.toMatchObject({ code: '42501' });
  });

  it.each(databaseRoles)('keeps the list of migrations from %s', async (role) => {
    const client = role === 'pierhead_tenant' ? tenant : platform;
    await expect(client.query('SELECT FROM migrations')).rejects.toMatchObject({ code: '42501' });
  });
});

describe.each(databaseRoles)('the role %s', (role) => {
  const client = role === 'pierhead_tenant' ? tenant : platform;

  it('is no superuser, bypasses nothing, owns nothing and creates nothing', async () => {
    const { rows: found } = await owner.query(
      `SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication,
              (SELECT count(*)::int FROM pg_class WHERE relowner = r.oid) AS owned,
              (SELECT count(*)::int FROM pg_auth_members WHERE member = r.oid) AS memberships,
              has_schema_privilege(rolname, 'public', 'CREATE') AS creates
         FROM pg_roles r WHERE rolname = $1`,
      [role],
    );
    expect(found).toEqual([
      {
        rolsuper: false,
        rolbypassrls: false,
        rolcreaterole: false,
        rolcreatedb: false,
        rolreplication: false,
        owned: 0,
        memberships: 0,
        creates: false,
      },
    ]);
  });

  it.each([
    'ALTER TABLE service DISABLE ROW LEVEL SECURITY',
    'ALTER TABLE service NO FORCE ROW LEVEL SECURITY',
    'DROP POLICY tenant ON service',
    'TRUNCATE service CASCADE',
    'CREATE TABLE public.aside (id int)',
    `SET ROLE ${role === 'pierhead_tenant' ? 'pierhead_platform' : 'postgres'}`,
  ])('may not: %s', async (statement) => {
    await expect(client.query(statement)).rejects.toMatchObject({ code: expect.stringMatching(/^(42501|22023)$/) });
  });

  it('gets an error, not more rows, for switching row-level security off', async () => {
    await client.query('BEGIN');
    await client.query('SET LOCAL row_security = off');
    await expect(client.query('SELECT FROM service')).rejects.toMatchObject({ code: '42501' });
    await client.query('ROLLBACK');
  });
});
