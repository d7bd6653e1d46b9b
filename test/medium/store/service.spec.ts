import { newId } from '#libs/platform/id.js';
import { aContainer, aService, aSpec, aStack, aTenant, type Tenant } from './records.js';
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

describe('services', () => {
  it('come back as they were written, every column', async () => {
    const service = aService(tenant);
    await store.work.tenant(tenant, async (tx) => {
      await tx.services.insert(service);
      expect(await tx.services.get(tenant.projectId, service.id)).toEqual(service);
      const at = new Date();
      const changed = {
        ...service,
        spec: aSpec(service.name, { replicas: 3, links: [{ alias: 'db', serviceId: newId() }] }),
        intent: 'running' as const,
        state: 'running' as const,
        stateMessage: 'All is well.',
        synchronized: false,
        revision: 4,
        replicas: 3,
        reserved: { containers: 3, memoryBytes: 2 ** 40, milliCpu: 1500 },
        lookAgainAt: at,
        deployedAt: at,
        startedAt: at,
        stoppedAt: at,
      };
      expect(await tx.services.update(changed)).toBe(2);
      expect(await tx.services.get(tenant.projectId, service.id)).toEqual({ ...changed, rowVersion: 2 });
      expect(await tx.services.lock(tenant.projectId, service.id)).toEqual({ ...changed, rowVersion: 2 });
      await expect(tx.services.update(changed)).rejects.toMatchObject({ code: 'stale' });
    });
  });

  it('keep their name for themselves in their stack, or outside of any', async () => {
    const [first, second] = [aStack(tenant), aStack(tenant)];
    const places = [null, first.id, second.id];
    const insert = (stackId: string | null) =>
      store.work.tenant(tenant, (tx) => tx.services.insert(aService(tenant, { name: 'web', stackId })));
    await store.work.tenant(tenant, async (tx) => {
      await tx.stacks.insert(first);
      await tx.stacks.insert(second);
    });
    for (const stackId of places) await insert(stackId);
    for (const stackId of places) await expect(insert(stackId)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('keep every revision of their definition', async () => {
    const service = aService(tenant);
    const [one, two] = [aSpec('web', { replicas: 1 }), aSpec('web', { replicas: 2 })];
    await store.work.tenant(tenant, async (tx) => {
      await tx.services.insert(service);
      await tx.services.insertRevision(service.id, tenant.organizationId, 1, one);
      await tx.services.insertRevision(service.id, tenant.organizationId, 2, two);
      expect(await tx.services.revision(service.id, 1)).toEqual(one);
      expect(await tx.services.revision(service.id, 3)).toBeNull();
      const all = await tx.services.revisions(service.id);
      expect(all.map(({ number, spec }) => ({ number, spec }))).toEqual([
        { number: 2, spec: two },
        { number: 1, spec: one },
      ]);
      expect(await tx.services.specs(service.id, [2, 7])).toMatchObject({
        specs: new Map([[2, two]]),
        epochs: new Map([[2, 0]]),
      });
    });
  });

  it('are found by id, by name in the own stack first, and by name and stack', async () => {
    const [front, back] = [aStack(tenant, { name: 'front' }), aStack(tenant, { name: 'back' })];
    const [ownDb, otherDb, lone] = [
      aService(tenant, { name: 'db', stackId: front.id }),
      aService(tenant, { name: 'db', stackId: back.id }),
      aService(tenant, { name: 'cache' }),
    ];
    await store.work.tenant(tenant, async (tx) => {
      for (const stack of [front, back]) await tx.stacks.insert(stack);
      for (const service of [ownDb, otherDb, lone]) await tx.services.insert(service);
      const found = await tx.services.resolve(
        tenant.projectId,
        ['db', 'db.back', 'cache', otherDb.id, 'nothing', newId()],
        front.id,
      );
      expect([...found]).toEqual([
        ['db', ownDb.id],
        ['db.back', otherDb.id],
        ['cache', lone.id],
        [otherDb.id, otherDb.id],
      ]);
      expect(await tx.services.resolve(tenant.projectId, ['db'], null)).toEqual(new Map());
    });
  });

  it('know who links to them and who mounts their volumes', async () => {
    const db = aService(tenant, { name: 'db' });
    const web = aService(tenant, {
      name: 'web',
      spec: aSpec('web', { links: [{ alias: 'database', serviceId: db.id }] }),
    });
    const backup = aService(tenant, { name: 'backup', spec: aSpec('backup', { volumesFrom: [db.id] }) });
    await store.work.tenant(tenant, async (tx) => {
      for (const service of [db, web, backup]) await tx.services.insert(service);
      expect(await tx.services.dependants(tenant.projectId, db.id)).toEqual([
        { id: backup.id, name: 'backup', why: 'volumes-from' },
        { id: web.id, name: 'web', why: 'link' },
      ]);
      expect(await tx.services.dependants(tenant.projectId, web.id)).toEqual([]);
      const { rows } = await tx.services.details(tenant.projectId, { ...page, ids: [db.id] });
      expect(rows[0]?.linkedFrom).toEqual([{ serviceId: web.id, serviceName: 'web', alias: 'database' }]);
    });
  });

  it('are listed by any filter with their stack and living containers', async () => {
    const stack = aStack(tenant);
    const inStack = aService(tenant, { stackId: stack.id, createdAt: new Date(1_000), state: 'running' });
    const alone = aService(tenant, { createdAt: new Date(2_000) });
    const gone = aService(tenant, { createdAt: new Date(3_000) });
    const [first, second] = [2, 1].map((ordinal) => aContainer(tenant, { serviceId: inStack.id, ordinal }));
    const removed = aContainer(tenant, { serviceId: inStack.id, ordinal: 3 });
    await store.work.tenant(tenant, async (tx) => {
      await tx.stacks.insert(stack);
      for (const service of [inStack, alone, gone]) await tx.services.insert(service);
      await tx.services.update({ ...gone, destroyedAt: new Date() });
      await tx.containers.insert([first, second, removed].flatMap((container) => container ?? []));
      await tx.containers.desire([{ id: removed.id, desired: 'removed' }]);
      const list = async (filter: Partial<Parameters<typeof tx.services.details>[1]>) => {
        const { rows, total } = await tx.services.details(tenant.projectId, { ...page, ...filter });
        expect(total).toBeGreaterThanOrEqual(rows.length);
        return rows.map((row) => row.id);
      };
      const { rows } = await tx.services.details(tenant.projectId, page);
      expect(rows[0]).toMatchObject({ id: inStack.id, stackName: stack.name, linkedFrom: [] });
      expect(rows[0]?.containers.map((container) => container.id)).toEqual([second?.id, first?.id]);
      expect(rows[1]).toMatchObject({ id: alone.id, stackName: null, containers: [] });
      expect(await list({ stackId: stack.id })).toEqual([inStack.id]);
      expect(await list({ stackName: stack.name })).toEqual([inStack.id]);
      expect(await list({ name: alone.name })).toEqual([alone.id]);
      expect(await list({ states: ['running'] })).toEqual([inStack.id]);
      expect(await list({ idPrefix: alone.id.slice(0, 13) })).toEqual([alone.id]);
      expect(await list({ includeTerminated: true })).toEqual([inStack.id, alone.id, gone.id]);
      expect(await list({ limit: 1, offset: 1 })).toEqual([alone.id]);
      expect((await tx.services.details(tenant.projectId, { limit: 1, offset: 9 })).total).toBe(2);
    });
  });

  it('are listed as JSON page after page', async () => {
    const services = Array.from({ length: 5 }, (_, at) => aService(tenant, { createdAt: new Date(1_000 * (at >> 1)) }));
    await store.work.tenant(tenant, async (tx) => {
      for (const service of services) await tx.services.insert(service);
      const seen: string[] = [];
      for (let after: string | null = null; ;) {
        const body = JSON.parse(await tx.services.listJson(tenant.projectId, after, 2)) as { id: string }[];
        if (!body.length) break;
        seen.push(...body.map((service) => service.id));
        after = seen.at(-1) ?? null;
      }
      expect(new Set(seen)).toEqual(new Set(services.map((service) => service.id)));
      expect(seen).toHaveLength(5);
      expect(await tx.services.listJson(newId(), null, 2)).toBe('[]');
    });
  });
});
