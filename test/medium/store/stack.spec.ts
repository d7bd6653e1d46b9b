import { DomainError } from '#libs/domain/error.js';
import { newId } from '#libs/platform/id.js';
import { aService, aStack, aTenant, type Tenant } from './records.js';
import { openStore, type TestStore } from './store.js';

let store: TestStore;
let tenant: Tenant;
beforeAll(async () => {
  store = await openStore();
});
beforeEach(async () => {
  tenant = await aTenant(store);
});
afterAll(() => store.close());

const page = { limit: 25, offset: 0 };

describe('stacks', () => {
  it('come back as they were written', async () => {
    const stack = aStack(tenant, { displayName: 'A stack' });
    await store.work.tenant(tenant, async (tx) => {
      await tx.stacks.insert(stack);
      expect(await tx.stacks.get(tenant.projectId, stack.id)).toEqual(stack);
      expect(await tx.stacks.lock(tenant.projectId, stack.id)).toEqual(stack);
      expect(await tx.stacks.lockAny(stack.id)).toEqual(stack);
      expect(await tx.stacks.get(newId(), stack.id)).toBeNull();
      expect(await tx.stacks.get(tenant.projectId, newId())).toBeNull();
    });
  });

  it('keep their name for themselves while they live, in their project only', async () => {
    const other = await aTenant(store);
    const stack = aStack(tenant);
    const again = () => store.work.tenant(tenant, (tx) => tx.stacks.insert(aStack(tenant, { name: stack.name })));
    await store.work.tenant(tenant, (tx) => tx.stacks.insert(stack));
    await store.work.tenant(other, (tx) => tx.stacks.insert(aStack(other, { name: stack.name })));
    await expect(again()).rejects.toMatchObject({ code: 'conflict', detail: { field: 'name' } });
    await store.work.tenant(tenant, (tx) =>
      tx.stacks.update({ ...stack, state: 'terminated', destroyedAt: new Date() }),
    );
    await again();
    expect(await store.work.tenant(tenant, (tx) => tx.stacks.lock(tenant.projectId, stack.id))).toBeNull();
  });

  it('refuse a writer that read an older version', async () => {
    const stack = aStack(tenant);
    await store.work.tenant(tenant, (tx) => tx.stacks.insert(stack));
    const write = (rowVersion: number) =>
      store.work.tenant(tenant, (tx) => tx.stacks.update({ ...stack, state: 'running', rowVersion }));
    expect(await write(1)).toBe(2);
    await expect(write(1)).rejects.toMatchObject({ code: 'stale' });
    expect(await write(2)).toBe(3);
  });

  it('let one of two writers at once win', async () => {
    const stack = aStack(tenant);
    await store.work.tenant(tenant, (tx) => tx.stacks.insert(stack));
    const results = await Promise.allSettled(
      [1, 2, 3].map(() => store.work.tenant(tenant, (tx) => tx.stacks.update({ ...stack, state: 'running' }))),
    );
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
    for (const result of results) {
      if (result.status === 'rejected') expect((result.reason as DomainError).code).toBe('stale');
    }
  });

  it('are listed by any filter, oldest first, in pages that know the total', async () => {
    const made = Array.from({ length: 5 }, (_, at) =>
      aStack(tenant, { createdAt: new Date(1_000 * at), state: at % 2 ? 'running' : 'stopped' }),
    );
    const [gone, past] = [
      aStack(tenant, { createdAt: new Date(9_000) }),
      aStack(tenant, { createdAt: new Date(9_500) }),
    ];
    await store.work.tenant(tenant, async (tx) => {
      for (const stack of [...made, gone, past]) await tx.stacks.insert(stack);
      await tx.stacks.update({ ...gone, state: 'terminated', destroyedAt: new Date() });
      await tx.stacks.update({ ...past, state: 'terminated', destroyedAt: new Date(Date.now() - 2 * 3_600_000) });
      const ids = async (filter: Partial<Parameters<typeof tx.stacks.details>[1]>) => {
        const { rows, total } = await tx.stacks.details(tenant.projectId, { ...page, ...filter });
        return { ids: rows.map((row) => row.id), total };
      };
      const all = made.map((stack) => stack.id);
      expect(await ids({})).toEqual({ ids: all, total: 5 });
      expect(await ids({ limit: 2, offset: 3 })).toEqual({ ids: all.slice(3, 5), total: 5 });
      expect(await ids({ limit: 2, offset: 50 })).toEqual({ ids: [], total: 5 });
      expect(await ids({ ids: [all[1] ?? '', newId()] })).toEqual({ ids: [all[1]], total: 1 });
      expect(await ids({ idPrefix: all[2]?.slice(0, 12) })).toEqual({ ids: [all[2]], total: 1 });
      expect(await ids({ name: made[3]?.name })).toEqual({ ids: [all[3]], total: 1 });
      expect(await ids({ states: ['running'] })).toEqual({ ids: [all[1], all[3]], total: 2 });
      expect(await ids({ includeTerminated: true })).toEqual({ ids: [...all, gone.id], total: 6 });
      expect(await ids({ name: '%' })).toEqual({ ids: [], total: 0 });
    });
  });

  it('name their living services', async () => {
    const stack = aStack(tenant);
    const [web, gone] = [aService(tenant, { stackId: stack.id }), aService(tenant, { stackId: stack.id })];
    await store.work.tenant(tenant, async (tx) => {
      await tx.stacks.insert(stack);
      await tx.services.insert(web);
      await tx.services.insert(gone);
      await tx.services.update({ ...gone, destroyedAt: new Date() });
      const { rows } = await tx.stacks.details(tenant.projectId, page);
      expect(rows).toEqual([{ ...stack, services: [{ id: web.id, name: web.name }] }]);
      expect((await tx.services.byStack(stack.id)).map((service) => service.id)).toEqual([web.id]);
    });
  });
});
