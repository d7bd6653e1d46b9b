import type { DataSource } from 'typeorm';
import { DomainError } from '#libs/domain/error.js';
import type { Transaction } from '#libs/core/unit-of-work/unit-of-work.port.js';
import { newId } from '#libs/platform/id.js';
import { PostgresTransaction } from '#libs/store/connection/postgres.transaction.js';
import { aStack, aTenant, unique, type Tenant } from './records.js';
import { openStore, type TestStore } from './store.js';

let store: TestStore;
let ours: Tenant;
let theirs: Tenant;

beforeAll(async () => {
  store = await openStore();
  [ours, theirs] = [await aTenant(store), await aTenant(store)];
});
afterAll(() => store.close());

const sqlOf = (tx: Transaction) => (tx as PostgresTransaction).sql;
const fail = (tx: Transaction, code: string) =>
  sqlOf(tx).vary(`DO $$ BEGIN RAISE EXCEPTION 'made to fail' USING ERRCODE = '${code}'; END $$`);
const names = async (tx: Transaction, tenant: Tenant) =>
  (await tx.stacks.details(tenant.projectId, { limit: 100, offset: 0 })).rows.map((stack) => stack.name);
const stacksOf = (tenant: Tenant) => store.work.platformRead((tx) => names(tx, tenant));
/** Ends every connection of a pool from outside, as a failing server or network does. */
const cutConnections = (source: DataSource) =>
  store.asOwner(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1 AND datname = current_database() AND pid <> pg_backend_pid()`,
    [source === store.tenantSource ? 'pierhead_tenant' : 'pierhead_platform'],
  );

describe('a transaction', () => {
  it('commits what the work wrote and tells of its outbox keys afterwards', async () => {
    const stack = aStack(ours);
    const before = store.notices.outbox;
    const result = await store.work.tenant(ours, async (tx) => {
      await tx.stacks.insert(stack);
      await tx.outbox.add([`stack:${stack.id}`, `stack:${stack.id}`]);
      expect(store.notices.outbox).toBe(before);
      return 'done';
    });
    expect(result).toBe('done');
    expect(await stacksOf(ours)).toContain(stack.name);
    expect(store.notices.outbox).toBe(before + 1);
    expect(await store.sql('SELECT key FROM outbox WHERE key = $1', [`stack:${stack.id}`])).toHaveLength(1);
  });

  it('leaves nothing behind when the work fails, and tells nobody', async () => {
    const stack = aStack(ours);
    const refusal = new DomainError('state', 'Not now.');
    const before = store.notices.outbox;
    const failed = store.work.tenant(ours, async (tx) => {
      await tx.stacks.insert(stack);
      await tx.outbox.add([`stack:${stack.id}`]);
      throw refusal;
    });
    await expect(failed).rejects.toBe(refusal);
    expect(await stacksOf(ours)).not.toContain(stack.name);
    expect(store.notices.outbox).toBe(before);
  });

  it('holds what entities write as well as what statements write', async () => {
    const organization = { id: newId(), name: unique('o'), displayName: 'O', createdAt: new Date(), rowVersion: 1 };
    const failed = store.work.platform(async (tx) => {
      await tx.identity.organizations.insert(organization);
      await tx.outbox.add([`node:${newId()}`]);
      throw new DomainError('state', 'Not now.');
    });
    await expect(failed).rejects.toMatchObject({ code: 'state' });
    expect(await store.sql('SELECT FROM organization WHERE id = $1', [organization.id])).toEqual([]);
  });

  it('runs again when it lost a race, and only then', async () => {
    for (const code of ['40001', '40P01']) {
      let runs = 0;
      await store.work.tenant(ours, async (tx) => {
        if (++runs < 3) await fail(tx, code);
      });
      expect(runs).toBe(3);
    }
    let runs = 0;
    const failed = store.work.tenant(ours, async (tx) => {
      runs++;
      await fail(tx, '23514');
    });
    await expect(failed).rejects.toMatchObject({ code: '23514' });
    expect(runs).toBe(1);
  });

  it('gives up a race that it keeps losing as unavailable', async () => {
    let runs = 0;
    const failed = store.work.tenant(ours, async (tx) => {
      runs++;
      await fail(tx, '40001');
    });
    await expect(failed).rejects.toMatchObject({ code: 'unavailable', detail: { retryAfterSeconds: 1 } });
    expect(runs).toBe(4);
  });

  it('gets out of a deadlock with both works done', async () => {
    const [first, second] = [aStack(ours), aStack(ours)];
    await store.work.tenant(ours, async (tx) => {
      await tx.stacks.insert(first);
      await tx.stacks.insert(second);
    });
    let holding = 0;
    let bothHold: () => void = () => undefined;
    const both = new Promise<void>((resolve) => (bothHold = resolve));
    let runs = 0;
    const lockBoth = (ids: string[]) =>
      store.work.tenant(ours, async (tx) => {
        runs++;
        await tx.stacks.lock(ours.projectId, ids[0] ?? '');
        if (++holding === 2) bothHold();
        await both;
        await tx.stacks.lock(ours.projectId, ids[1] ?? '');
      });
    await Promise.all([lockBoth([first.id, second.id]), lockBoth([second.id, first.id])]);
    expect(runs).toBe(3);
  });
});

describe('the organization of a connection', () => {
  it('changes with each work although all use one connection', async () => {
    const single = await openStore({ poolSize: 1, database: { ...store.database, drop: async () => undefined } });
    const [a, b] = [aStack(ours), aStack(theirs)];
    await single.work.tenant(ours, (tx) => tx.stacks.insert(a));
    await single.work.tenant(theirs, (tx) => tx.stacks.insert(b));
    const seen = (tenant: Tenant, of: Tenant) => single.work.tenantRead(tenant, (tx) => names(tx, of));
    expect(await seen(ours, ours)).toContain(a.name);
    expect(await seen(ours, theirs)).toEqual([]);
    expect(await seen(theirs, theirs)).toContain(b.name);
    expect(await seen(theirs, ours)).toEqual([]);
    // Neither after a rollback nor after a work whose own setting never was one.
    const undone = single.work.tenant(ours, async () => {
      throw new DomainError('state', 'Not now.');
    });
    await expect(undone).rejects.toMatchObject({ code: 'state' });
    expect(await seen(theirs, ours)).toEqual([]);
    await expect(seen({ ...ours, organizationId: 'nobody' }, ours)).rejects.toMatchObject({ code: '22P02' });
    expect(await seen(theirs, theirs)).toContain(b.name);
    expect(await seen(theirs, ours)).toEqual([]);
    await single.close();
  });

  it('holds under many works of many organizations at once', async () => {
    const tenants = await Promise.all(Array.from({ length: 8 }, () => aTenant(store)));
    await Promise.all(
      tenants.flatMap((tenant) =>
        Array.from({ length: 6 }, async (_, turn) => {
          const work = store.work.tenant(tenant, async (tx) => {
            await tx.stacks.insert(aStack(tenant));
            const [seen] = await sqlOf(tx).vary<{ ids: string[] }>(
              'SELECT array_agg(DISTINCT organization_id) AS ids FROM stack',
            );
            expect(seen?.ids).toEqual([tenant.organizationId]);
            if (turn % 3 === 2) throw new DomainError('state', 'Every third is taken back.');
          });
          await work.catch((error: unknown) => expect(error).toMatchObject({ code: 'state' }));
        }),
      ),
    );
    for (const tenant of tenants) expect(await stacksOf(tenant)).toHaveLength(4);
  });

  it('keeps a tenant from writing in another’s name, and the platform from nothing', async () => {
    await expect(store.work.tenant(ours, (tx) => tx.stacks.insert(aStack(theirs)))).rejects.toMatchObject({
      code: '42501',
    });
    const stack = aStack(theirs);
    await store.work.platform((tx) => tx.stacks.insert(stack));
    expect(await store.work.platformRead((tx) => tx.stacks.get(theirs.projectId, stack.id))).not.toBeNull();
    expect(await store.work.tenantRead(ours, (tx) => tx.stacks.get(theirs.projectId, stack.id))).toBeNull();
  });
});

describe('a failing database', () => {
  it('is unavailable to the work whose connection it cut, and there again for the next', async () => {
    const stack = aStack(ours);
    const cut = store.work.tenant(ours, async (tx) => {
      await tx.stacks.insert(stack);
      await cutConnections(store.tenantSource);
      await tx.stacks.get(ours.projectId, stack.id);
    });
    await expect(cut).rejects.toMatchObject({ code: 'unavailable' });
    expect(await store.work.tenant(ours, (tx) => tx.stacks.get(ours.projectId, stack.id))).toBeNull();
  });

  it('is unavailable when it is cut before the commit', async () => {
    const stack = aStack(ours);
    const cut = store.work.tenant(ours, async (tx) => {
      await tx.stacks.insert(stack);
      await cutConnections(store.tenantSource);
    });
    await expect(cut).rejects.toMatchObject({ code: 'unavailable' });
    expect(await stacksOf(ours)).not.toContain(stack.name);
  });

  it('replaces idle connections that were cut without anybody noticing', async () => {
    await Promise.all([1, 2, 3].map(() => store.work.tenantRead(ours, (tx) => names(tx, ours))));
    await cutConnections(store.tenantSource);
    const deadline = Date.now() + 5_000;
    let answered = false;
    while (!answered && Date.now() < deadline) {
      answered = await store.work
        .tenantRead(ours, (tx) => names(tx, ours))
        .then(
          () => true,
          (error: unknown) => {
            expect(error).toMatchObject({ code: 'unavailable' });
            return false;
          },
        );
    }
    expect(answered).toBe(true);
  });

  it('says timeout for a statement that takes too long', async () => {
    const hasty = await openStore({
      statementTimeoutMs: 50,
      database: { ...store.database, drop: async () => undefined },
    });
    const slow = hasty.work.platform((tx) => sqlOf(tx).vary('SELECT pg_sleep(5)'));
    await expect(slow).rejects.toMatchObject({ code: 'timeout' });
    expect(await hasty.work.platformRead((tx) => names(tx, ours))).toEqual(expect.any(Array));
    await hasty.close();
  });
});
