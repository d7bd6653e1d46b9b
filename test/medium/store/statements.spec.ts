import pg from 'pg';
import { roleUrl } from '#libs/store/connection/database-role.js';
import { Sql } from '#libs/store/connection/sql.js';
import { PostgresContainerRepository } from '#libs/store/container/container.repository.js';
import { PostgresNodeRepository } from '#libs/store/node/node.repository.js';
import { PostgresQuotaRepository } from '#libs/store/quota/quota.repository.js';
import { PostgresServiceRepository } from '#libs/store/service/service.repository.js';
import { PostgresStackRepository } from '#libs/store/stack/stack.repository.js';
import { aContainer, aNode, aService, aSpec, aStack, aTenant, type Tenant } from './records.js';
import { openStore, type TestStore } from './store.js';

const size = 30;
let store: TestStore;
let tenant: Tenant;
let client: pg.Client;
let sql: Sql;
let statements = 0;

beforeAll(async () => {
  store = await openStore();
  tenant = await aTenant(store);
  const node = await aNode(store);
  const db = aService(tenant);
  await store.work.platform(async (tx) => {
    await tx.services.insert(db);
    for (let at = 0; at < size; at++) {
      const stack = aStack(tenant);
      const service = aService(tenant, {
        stackId: stack.id,
        spec: aSpec('x', { links: [{ alias: 'db', serviceId: db.id }] }),
      });
      await tx.stacks.insert(stack);
      await tx.services.insert(service);
      const containers = [1, 2].map((ordinal) => aContainer(tenant, { serviceId: service.id, ordinal }));
      await tx.containers.insert(containers);
      await tx.containers.place(containers.map(({ id }) => ({ id, nodeId: node, hostPorts: [] })));
    }
  });
  client = new pg.Client({
    connectionString: roleUrl(store.database.url, 'pierhead_tenant', store.database.masterKey),
  });
  await client.connect();
  await client.query(`SELECT set_config('pierhead.organization_id', $1, false)`, [tenant.organizationId]);
  const counting = new Proxy(client, {
    get(target, name) {
      if (name === 'query') statements++;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  sql = new Sql(counting);
});
afterAll(async () => {
  await client.end();
  await store.close();
});

const counted = async (work: () => Promise<unknown>) => {
  const before = statements;
  await work();
  return statements - before;
};
const page = { limit: size, offset: 0 };

describe('however many rows there are, one statement', () => {
  it.each<[string, () => Promise<{ rows: unknown[]; total: number }>]>([
    ['lists stacks with their services', () => new PostgresStackRepository(sql).details(tenant.projectId, page)],
    [
      'lists services with containers and links',
      () => new PostgresServiceRepository(sql).details(tenant.projectId, page),
    ],
    [
      'lists containers with service, node and links',
      () => new PostgresContainerRepository(sql).details(tenant.projectId, page),
    ],
  ])('%s', async (_, list) => {
    let answer: Awaited<ReturnType<typeof list>> | undefined;
    expect(await counted(async () => (answer = await list()))).toBe(1);
    expect(answer?.rows).toHaveLength(size);
    expect(answer?.total).toBeGreaterThanOrEqual(size);
  });

  it('lists services as JSON', async () => {
    expect(await counted(() => new PostgresServiceRepository(sql).listJson(tenant.projectId, null, size))).toBe(1);
  });

  it('lists nodes with their containers', async () => {
    expect(await counted(() => new PostgresNodeRepository(sql).details(page))).toBe(1);
  });

  it('says what is used of every quota', async () => {
    expect(await counted(() => new PostgresQuotaRepository(sql).usage(tenant.organizationId, null))).toBe(1);
  });

  it('inserts containers', async () => {
    const containers = Array.from({ length: size }, () => aContainer(tenant));
    expect(await counted(() => new PostgresContainerRepository(sql).insert(containers))).toBe(1);
  });
});

describe('a page of services', () => {
  it('is found by its index, not by reading the table', async () => {
    await client.query('BEGIN');
    await client.query('SET LOCAL enable_seqscan = off');
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(
      'EXPLAIN SELECT id FROM service WHERE project_id = $1 AND destroyed_at IS NULL ORDER BY created_at, id LIMIT 50',
      [tenant.projectId],
    );
    await client.query('ROLLBACK');
    expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toContain('service_project_idx');
  });
});
