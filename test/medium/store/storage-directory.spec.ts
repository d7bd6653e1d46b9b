import { PostgresStorageDirectory } from '#libs/store/volume/postgres.storage-directory.js';
import { volumeEvent } from '#libs/core/volume/container-volumes.js';
import type { VolumeRecord } from '#libs/core/volume/volume.repository.port.js';
import { engineVolumeName } from '#libs/domain/volume/engine-name.js';
import { derivedId, newId } from '#libs/platform/id.js';
import { aContainer, aNode, aService, aSpec, aTenant, aVolume, type Tenant } from './records.js';
import { openStore, type TestStore } from './store.js';

let store: TestStore;
let directory: PostgresStorageDirectory;
let tenant: Tenant;
let node: string;
beforeAll(async () => {
  store = await openStore({ poolSize: 4 });
  directory = new PostgresStorageDirectory(store.work);
});
beforeEach(async () => {
  tenant = await aTenant(store);
  node = await aNode(store);
});
afterAll(() => store.close());

const insert = async (given: Partial<VolumeRecord>) => {
  const volume = aVolume(tenant, given);
  await store.work.tenant(tenant, (tx) => tx.volumes.insert(volume));
  return volume;
};
const epochOf = async () => {
  const [row] = (await store.sql(`SELECT session_epoch FROM node WHERE id = $1`, [node])) as {
    session_epoch: string;
  }[];
  return Number(row?.session_epoch);
};
const report = async (given: Parameters<PostgresStorageDirectory['report']>[2]) =>
  directory.report(node, await epochOf(), given);
const read = ({ id }: { id: string }) => store.work.tenantRead(tenant, (tx) => tx.volumes.get(tenant.projectId, id));

describe('a node’s storage', () => {
  it('is its volumes, those to be removed, and the fences of those with one writer', async () => {
    const plain = await insert({ nodeId: node });
    const single = await insert({ nodeId: node, access: 'single-writer' });
    await store.sql(`UPDATE volume SET fence = 4 WHERE id = ANY($1)`, [[plain.id, single.id]]);
    await store.sql(`UPDATE volume SET engine_name = 'of-before' WHERE id = $1`, [plain.id]);
    const doomed = await insert({ nodeId: node });
    await insert({ nodeId: null });
    await store.work.tenant(tenant, (tx) => tx.volumes.remove(doomed));
    const [storage, empty] = await directory.storageOf([node, newId()]);
    expect(empty?.volumes).toEqual([]);
    const of = (id: string) => storage?.volumes.find((volume) => volume.volumeId === id);
    const { organizationId, projectId } = tenant;
    const place = { organizationId, projectId };
    expect(storage?.volumes).toHaveLength(3);
    expect(of(plain.id)).toEqual({ volumeId: plain.id, ...place, name: 'of-before', removed: false, fence: 0 });
    expect(of(single.id)).toMatchObject({ name: engineVolumeName(node, single.id), fence: 4 });
    expect(of(doomed.id)).toMatchObject({ name: engineVolumeName(node, doomed.id), removed: true });
  });

  it('changes are told by the events of its volumes', async () => {
    const { cursor } = await directory.changesSince(null);
    expect((await directory.changesSince(cursor)).nodeIds).toEqual([]);
    const [here, nowhere] = [await insert({ nodeId: node }), await insert({ nodeId: null })];
    await store.work.tenant(tenant, (tx) =>
      tx.events.append([volumeEvent(here, 'update'), volumeEvent(nowhere, 'create')]),
    );
    const next = await directory.changesSince(cursor);
    expect(next.nodeIds).toEqual([node]);
    expect((await directory.changesSince(next.cursor)).nodeIds).toEqual([]);
  });

  it('is as the node says: sizes of its own volumes, removals that are done', async () => {
    const [own, foreign] = [await insert({ nodeId: node }), await insert({ nodeId: await aNode(store) })];
    const doomed = await insert({ nodeId: node });
    await store.work.tenant(tenant, (tx) => tx.volumes.remove(doomed));
    await report({
      volumes: [
        { volumeId: own.id, usedBytes: 2 ** 40, gone: false },
        { volumeId: foreign.id, usedBytes: 7, gone: false },
        { volumeId: doomed.id, usedBytes: 0, gone: true },
      ],
      shares: [],
      found: [],
    });
    expect(await read(own)).toMatchObject({ usedBytes: 2 ** 40, usedAt: expect.any(Date) as Date, rowVersion: 1 });
    expect(await read(foreign)).toMatchObject({ usedBytes: null });
    expect((await directory.storageOf([node]))[0]?.volumes.map(({ volumeId }) => volumeId)).toEqual([own.id]);
    // A volume that still is cannot be said away.
    await report({ volumes: [{ volumeId: own.id, usedBytes: 0, gone: true }], shares: [], found: [] });
    expect(await read(own)).not.toBeNull();
  });

  it('is not taken from a session that is over', async () => {
    const stale = directory.report(node, (await epochOf()) + 1, { volumes: [], shares: [], found: [] });
    await expect(stale).rejects.toMatchObject({ code: 'stale' });
  });

  describe('that images declare', () => {
    const placed = async (serviceId: string, nodeId = node) => {
      const container = aContainer(tenant, { serviceId, revision: 1, ordinal: 2 });
      await store.work.platform(async (tx) => {
        await tx.containers.insert([container]);
        await tx.containers.place([{ id: container.id, nodeId, hostPorts: [] }]);
      });
      return container;
    };
    const aPlacedService = async () => {
      const service = aService(tenant, {
        name: 'db',
        spec: aSpec('db', { template: { image: 'db', imageVolumes: 'instance' } }),
      });
      await store.work.tenant(tenant, async (tx) => {
        await tx.services.insert(service);
        await tx.services.insertRevision(service.id, tenant.organizationId, 1, service.spec, 3);
      });
      return { service, container: await placed(service.id) };
    };
    const found = (volumeSet: string, target = '/data') => ({
      volumeId: derivedId(volumeSet, target),
      volumeSet,
      target,
    });

    it('becomes a volume of its container’s instance, once, and of the next one that has its set', async () => {
      const { service, container } = await aPlacedService();
      const one = found(container.id);
      await report({ volumes: [], shares: [], found: [one] });
      await report({ volumes: [], shares: [], found: [one] });
      expect(await read({ id: one.volumeId })).toMatchObject({
        ...{ owner: 'instance', serviceId: service.id, instance: '2', mountKey: '/data', setId: container.id },
        ...{ epoch: 3, nodeId: node, name: expect.stringMatching(/^db-2-[0-9a-f]{12}$/) as string },
      });
      const next = await placed(service.id);
      await store.sql(`UPDATE container SET volume_set = $2 WHERE id = $1`, [next.id, container.id]);
      await report({ volumes: [], shares: [], found: [one] });
      const mounts = await store.sql(`SELECT container_id FROM volume_mount WHERE volume_id = $1`, [one.volumeId]);
      expect(mounts).toHaveLength(2);
    });

    it('is not believed where no container there accounts for it, nor under another id', async () => {
      const { service } = await aPlacedService();
      const elsewhere = await placed(service.id, await aNode(store));
      const lone = aContainer(tenant);
      const forged = { ...found(elsewhere.id), volumeId: newId() as string };
      const all = [found(elsewhere.id), found(lone.id), found(newId()), forged];
      await report({ volumes: [], shares: [], found: all });
      for (const { volumeId } of all) expect(await read({ id: volumeId })).toBeNull();
    });
  });
});
