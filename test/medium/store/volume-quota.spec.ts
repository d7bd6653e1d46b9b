import { newId } from '#libs/platform/id.js';
import { aContainer, aNode, aService, aSpec, aStack, aTenant, aVolume, type Tenant } from './records.js';
import { openStore, type TestStore } from './store.js';

let store: TestStore;
let tenant: Tenant;
beforeAll(async () => {
  store = await openStore({ poolSize: 8 });
});
beforeEach(async () => {
  tenant = await aTenant(store);
});
afterAll(() => store.close());

describe('volumes', () => {
  it('come back by name and by id, and keep their name for themselves', async () => {
    const volume = aVolume(tenant, { labels: { tier: 'gold' } });
    await store.work.tenant(tenant, async (tx) => {
      await tx.volumes.insert(volume);
      expect(await tx.volumes.get(tenant.projectId, volume.name)).toEqual(volume);
      expect(await tx.volumes.get(tenant.projectId, volume.id)).toEqual(volume);
      expect(await tx.volumes.get(newId(), volume.id)).toBeNull();
      // A volume whose name looks like another's id.
      const impostor = aVolume(tenant, { name: volume.id });
      await tx.volumes.insert(impostor);
      expect((await tx.volumes.get(tenant.projectId, volume.id))?.id).toBe(volume.id);
    });
    const again = store.work.tenant(tenant, (tx) => tx.volumes.insert(aVolume(tenant, { name: volume.name })));
    await expect(again).rejects.toMatchObject({ code: 'conflict', detail: { field: 'name' } });
  });

  it('are listed in pages and by names', async () => {
    const volumes = Array.from({ length: 3 }, (_, at) => aVolume(tenant, { createdAt: new Date(1_000 * at) }));
    await store.work.tenant(tenant, async (tx) => {
      for (const volume of volumes) await tx.volumes.insert(volume);
      expect(await tx.volumes.list(tenant.projectId, 2, 1)).toEqual({ rows: volumes.slice(1), total: 3 });
      const named = await tx.volumes.byNames(tenant.projectId, [volumes[2]?.name ?? '', 'nothing']);
      expect(named).toEqual([volumes[2]]);
    });
  });

  it('stay on the node that used them first', async () => {
    const volume = aVolume(tenant);
    const [first, second] = [await aNode(store), await aNode(store)];
    await store.work.tenant(tenant, (tx) => tx.volumes.insert(volume));
    for (const node of [first, second]) await store.work.platform((tx) => tx.volumes.pin(volume.id, node));
    const read = await store.work.tenantRead(tenant, (tx) => tx.volumes.get(tenant.projectId, volume.id));
    expect(read).toMatchObject({ nodeId: first, rowVersion: 2 });
  });

  it('know who mounts them: services, older revisions that still run, lone containers', async () => {
    const mounting = (name: string) =>
      aSpec(name, {
        template: { image: 'busybox', mounts: [{ kind: 'volume', volume: 'data', target: '/data' }] },
      });
    const now = aService(tenant, { name: 'now', spec: mounting('now') });
    const before = aService(tenant, { name: 'before' });
    const never = aService(tenant, { name: 'never' });
    await store.work.tenant(tenant, async (tx) => {
      for (const service of [now, before, never]) await tx.services.insert(service);
      await tx.services.insertRevision(before.id, tenant.organizationId, 1, mounting('before'));
      const old = aContainer(tenant, { serviceId: before.id, revision: 1 });
      const lone = aContainer(tenant, { name: 'lone', template: mounting('lone').template });
      await tx.containers.insert([old, lone]);
      expect(await tx.volumes.users(tenant.projectId, 'data')).toEqual(['before', 'lone', 'now']);
      expect(await tx.volumes.users(tenant.projectId, 'dat')).toEqual([]);
      await tx.containers.desire([old, lone].map(({ id }) => ({ id, desired: 'removed' })));
      expect(await tx.volumes.users(tenant.projectId, 'data')).toEqual(['now']);
    });
  });

  it('go when they are deleted', async () => {
    const volume = aVolume(tenant);
    await store.work.tenant(tenant, async (tx) => {
      await tx.volumes.insert(volume);
      await tx.volumes.delete(volume.id);
      expect(await tx.volumes.get(tenant.projectId, volume.id)).toBeNull();
    });
  });
});

describe('quotas', () => {
  type Amounts = Parameters<Parameters<Parameters<typeof store.work.tenant>[1]>[0]['quotas']['take']>[2];
  const take = (amounts: Amounts, of: Tenant = tenant) =>
    store.work.tenant(of, (tx) => tx.quotas.take(of.organizationId, of.projectId, amounts));
  const limit = (resource: 'containers' | 'memoryBytes', value: number | null, projectId: string | null) =>
    store.work.tenant(tenant, (tx) => tx.quotas.setLimit(tenant.organizationId, projectId, resource, value));
  const used = async (projectId: string | null = tenant.projectId) => {
    const lines = await store.work.tenantRead(tenant, (tx) => tx.quotas.usage(tenant.organizationId, projectId));
    return Object.fromEntries(lines.map((line) => [line.resource, [line.used, line.limit]]));
  };

  it('count what is taken and given back, never below nothing', async () => {
    await take({ containers: 3, memoryBytes: 2 ** 40 });
    await take({ containers: -1 });
    expect(await used()).toMatchObject({ containers: [2, null], memoryBytes: [2 ** 40, null], stacks: [0, null] });
    await take({ containers: -50 });
    expect(await used()).toMatchObject({ containers: [0, null] });
  });

  it('refuse what passes the project’s limit with a sentence, and count nothing of it', async () => {
    await limit('containers', 3, tenant.projectId);
    await take({ containers: 2, services: 1 });
    await expect(take({ containers: 2, services: 1 })).rejects.toMatchObject({
      code: 'quota',
      message: 'The quota of the project is 3 containers; 2 in use, 2 more asked for.',
    });
    expect(await used()).toMatchObject({ containers: [2, 3], services: [1, null] });
    await take({ containers: 1 });
    await limit('containers', 1, tenant.projectId);
    await take({ containers: -1 });
    await limit('containers', null, tenant.projectId);
    await take({ containers: 100 });
  });

  it('hold an organization’s limit over its projects, also at once', async () => {
    const sibling = { ...tenant, projectId: newId() };
    await store.sql(
      'INSERT INTO project (id, organization_id, name, namespace, display_name) VALUES ($1, $2, $3, $3, $3)',
      [sibling.projectId, tenant.organizationId, `sibling-${sibling.projectId}`],
    );
    await limit('containers', 10, null);
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, at) => take({ containers: 1, memoryBytes: 1 }, at % 2 ? sibling : tenant)),
    );
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(10);
    for (const result of results) if (result.status === 'rejected') expect(result.reason.code).toBe('quota');
    expect(await used(null)).toMatchObject({ containers: [10, 10], memoryBytes: [10, null] });
  });

  it('are corrected by counting anew', async () => {
    const service = aService(tenant, { reserved: { containers: 2, memoryBytes: 64, milliCpu: 10 } });
    await store.work.tenant(tenant, async (tx) => {
      await tx.stacks.insert(aStack(tenant));
      await tx.volumes.insert(aVolume(tenant));
      await tx.services.insert(service);
      await tx.services.update(service);
      await tx.containers.insert([aContainer(tenant)]);
    });
    await take({ stacks: 9, volumes: 1 });
    const corrected = await store.work.platform((tx) => tx.quotas.recount(tenant.organizationId));
    const lines = corrected.filter((line) => line.projectId === tenant.projectId);
    expect(Object.fromEntries(lines.map((line) => [line.resource, [line.was, line.counted]]))).toEqual({
      stacks: [9, 1],
      services: [0, 1],
      containers: [0, 3],
      memoryBytes: [0, 64 + 1024],
      milliCpu: [0, 10 + 100],
    });
    expect(await store.work.platform((tx) => tx.quotas.recount(tenant.organizationId))).toEqual([]);
    expect(await used()).toMatchObject({ stacks: [1, null], containers: [3, null] });
  });
});
