import type { VolumeRecord } from '#libs/core/volume/volume.repository.port.js';
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

  const mounting = (name: string, volume = 'data') =>
    aSpec(name, { template: { image: 'busybox', mounts: [{ kind: 'volume', volume, target: '/data' }] } });

  /** A container that mounts the volume at /data. */
  const mounted = async (volume: VolumeRecord, nodeId: string, given: Parameters<typeof aContainer>[1] = {}) => {
    const container = aContainer(tenant, given);
    const writes = volume.access === 'single-writer';
    await store.work.platform(async (tx) => {
      await tx.containers.insert([container]);
      await tx.containers.place([{ id: container.id, nodeId, hostPorts: [] }]);
      await tx.volumes.mount([
        {
          ...{ containerId: container.id, organizationId: tenant.organizationId, target: '/data', volumeId: volume.id },
          ...{ nodeId, fenceBefore: volume.fence, fence: volume.fence + (writes ? 1 : 0) },
        },
      ]);
    });
    return container;
  };
  const read = async ({ id }: VolumeRecord) => {
    const { rows } = await store.work.tenantRead(tenant, (tx) =>
      tx.volumes.details(tenant.projectId, { nameOrId: id, limit: 1, offset: 0 }),
    );
    return rows[0];
  };
  const inserted = async (given: Partial<VolumeRecord> = {}) => {
    const volume = aVolume(tenant, given);
    await store.work.tenant(tenant, (tx) => tx.volumes.insert(volume));
    return volume;
  };

  it('stay on the node that used them first', async () => {
    const volume = await inserted();
    expect(await read(volume)).toMatchObject({ state: 'unplaced', nodeName: null });
    const [first, second] = [await aNode(store), await aNode(store)];
    await mounted(volume, first);
    await expect(mounted(volume, second)).rejects.toMatchObject({ code: 'stale' });
    await mounted(volume, first);
    expect(await read(volume)).toMatchObject({ nodeId: first, rowVersion: 3, state: 'ready' });
    await store.sql(`UPDATE node SET state = 'lost' WHERE id = $1`, [first]);
    expect(await read(volume)).toMatchObject({ state: 'unreachable' });
    await store.sql(`UPDATE node SET removed_at = now() WHERE id = $1`, [first]);
    expect(await read(volume)).toMatchObject({ state: 'lost' });
  });

  it('with one writer know the one that may still write, until it surely no longer does', async () => {
    const volume = await inserted({ access: 'single-writer' });
    const node = await aNode(store);
    const writer = await mounted(volume, node, { name: 'db-1' });
    expect(await read(volume)).toMatchObject({ fence: 1, writer: { containerId: writer.id, lost: false } });
    // Whoever read it before that comes too late.
    await expect(mounted(volume, node)).rejects.toMatchObject({ code: 'stale' });
    const held = async () => {
      const [found] = await store.work.platformRead((tx) =>
        tx.volumes.forContainers(tenant.projectId, null, [volume.name]),
      );
      return found?.writer ?? null;
    };
    const state = (name: string, finished = false) =>
      store.sql(`UPDATE container SET state = $2, finished_at = $3 WHERE id = $1`, [
        writer.id,
        name,
        finished ? new Date() : null,
      ]);
    await state('running');
    expect(await held()).toMatchObject({ containerName: 'db-1', lost: false });
    await state('lost');
    expect(await held()).toMatchObject({ lost: true });
    await store.sql(`UPDATE node SET revoked_at = now() WHERE id = $1`, [node]);
    expect(await held()).toBeNull();
    await store.sql(`UPDATE node SET revoked_at = NULL WHERE id = $1`, [node]);
    for (const over of ['exited', 'failed', 'removed']) {
      await state(over);
      expect(await held()).toBeNull();
    }
    const [row] = (await store.sql(`SELECT fence FROM volume_mount WHERE container_id = $1`, [writer.id])) as {
      fence: string;
    }[];
    expect(Number(row?.fence)).toBe(1);
  });

  it('know who mounts them: services, older containers that still run, lone containers', async () => {
    const now = aService(tenant, { name: 'now', spec: mounting('now') });
    const before = aService(tenant, { name: 'before' });
    const never = aService(tenant, { name: 'never', spec: mounting('never', 'dat') });
    const volume = await inserted({ name: 'data' });
    await store.work.tenant(tenant, async (tx) => {
      for (const service of [now, before, never]) await tx.services.insert(service);
    });
    const old = await mounted(volume, await aNode(store), { serviceId: before.id, revision: 1 });
    const lone = aContainer(tenant, { name: 'lone', template: mounting('lone').template });
    await store.work.tenant(tenant, (tx) => tx.containers.insert([lone]));
    expect((await read(volume))?.users).toEqual([
      { kind: 'service', id: before.id, name: 'before' },
      { kind: 'container', id: lone.id, name: 'lone' },
      { kind: 'service', id: now.id, name: 'now' },
    ]);
    await store.sql(`UPDATE container SET removed_at = now() WHERE id = ANY($1)`, [[old.id, lone.id]]);
    const users = await store.work.tenantRead(tenant, (tx) => tx.volumes.users(volume));
    expect(users.map(({ name }) => name)).toEqual(['now']);
  });

  it('go at once, and leave their node a removal that outlives their project', async () => {
    const [placed, fresh] = [await inserted(), await inserted()];
    const node = await aNode(store);
    const container = await mounted(placed, node);
    await store.sql(`UPDATE container SET removed_at = now() WHERE id = $1`, [container.id]);
    await store.work.tenant(tenant, async (tx) => {
      for (const volume of [placed, fresh]) {
        await tx.volumes.remove(volume);
        expect(await tx.volumes.get(tenant.projectId, volume.id)).toBeNull();
      }
    });
    const removals = () => store.sql(`SELECT volume_id FROM volume_removal WHERE node_id = $1`, [node]);
    expect(await removals()).toEqual([{ volume_id: placed.id }]);
    await store.sql(`UPDATE node SET removed_at = now() WHERE id = $1`, [node]);
    await store.work.platform((tx) => tx.volumes.sweep());
    expect(await removals()).toEqual([]);
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
