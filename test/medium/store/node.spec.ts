import { newId } from '#libs/platform/id.js';
import { aContainer, aNode, aService, aTenant, unique, type Tenant } from './records.js';
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

const page = { limit: 100, offset: 0 };
const aCluster = (organizationId: string | null, tags: string[] = []) => ({
  id: newId(),
  organizationId,
  name: unique('cluster'),
  tags,
  pool: null,
  displayName: null,
  targetNodes: null,
  deployedAt: null,
  terminating: false,
  actionId: null,
  createdAt: new Date(),
  removedAt: null,
  rowVersion: 1,
});

describe('nodes', () => {
  it('are seen by their organization, those of the shared pool by all, all by the operator', async () => {
    const other = await aTenant(store);
    const [shared, ours, theirs] = [
      await aNode(store),
      await aNode(store, tenant.organizationId),
      await aNode(store, other.organizationId),
    ];
    const filter = { ...page, ids: [shared, ours, theirs] };
    const seen = await store.work.tenantRead(tenant, (tx) => tx.nodes.details(filter));
    expect(seen.rows.map((node) => node.id)).toEqual([shared, ours]);
    expect(seen.total).toBe(2);
    expect((await store.work.platformRead((tx) => tx.nodes.details(filter))).total).toBe(3);
    expect(await store.work.tenantRead(tenant, (tx) => tx.nodes.get(theirs))).toBeNull();
  });

  it('are changed under their version, by tenants only when they are their own', async () => {
    const [shared, ours] = [await aNode(store), await aNode(store, tenant.organizationId)];
    const cordon = (id: string) =>
      store.work.tenant(tenant, async (tx) => {
        const node = await tx.nodes.get(id);
        return node && tx.nodes.update({ ...node, schedulable: false, tags: ['gpu'] });
      });
    expect(await cordon(ours)).toBe(2);
    await expect(cordon(shared)).rejects.toMatchObject({ code: 'stale' });
    const node = await store.work.platformRead((tx) => tx.nodes.get(ours));
    expect(node).toMatchObject({ schedulable: false, tags: ['gpu'], rowVersion: 2, containers: 0, clusterName: null });
    if (!node) return;
    await expect(store.work.platform((tx) => tx.nodes.update({ ...node, rowVersion: 1 }))).rejects.toMatchObject({
      code: 'stale',
    });
    expect(await store.work.platform((tx) => tx.nodes.lock(ours))).toMatchObject({ id: ours, rowVersion: 2 });
  });

  it('are listed by any filter, with their cluster and the number of their containers', async () => {
    const cluster = aCluster(tenant.organizationId, ['ssd']);
    const node = await aNode(store, tenant.organizationId);
    const container = aContainer(tenant);
    await store.work.tenant(tenant, async (tx) => {
      await tx.nodes.insertCluster(cluster);
      await tx.containers.insert([container]);
    });
    await store.sql('UPDATE node SET node_cluster_id = $2 WHERE id = $1', [node, cluster.id]);
    await store.work.platform((tx) => tx.containers.place([{ id: container.id, nodeId: node, hostPorts: [] }]));
    await store.work.tenantRead(tenant, async (tx) => {
      const list = async (filter: Partial<Parameters<typeof tx.nodes.details>[0]>) =>
        (await tx.nodes.details({ ...page, ...filter })).rows;
      const [found] = await list({ clusterId: cluster.id });
      expect(found).toMatchObject({ id: node, clusterName: cluster.name, clusterTags: ['ssd'], containers: 1 });
      expect(await list({ ids: [node], states: ['ready'] })).toHaveLength(1);
      expect(await list({ ids: [node], states: ['lost'] })).toEqual([]);
      expect((await list({ idPrefix: node.slice(0, 12) })).map((one) => one.id)).toEqual([node]);
      expect((await list({ name: found?.name })).map((one) => one.id)).toEqual([node]);
      const clusters = await tx.nodes.clusters({ ...page, name: cluster.name });
      expect(clusters).toEqual({
        rows: [{ ...cluster, nodes: [{ id: node, state: 'ready', releasing: false }] }],
        total: 1,
      });
    });
    await store.work.tenant(tenant, async (tx) => {
      expect(await tx.nodes.updateCluster({ ...cluster, tags: [] })).toBe(2);
      await expect(tx.nodes.updateCluster(cluster)).rejects.toMatchObject({ code: 'stale' });
    });
  });

  it('may take an organization’s containers with what all tenants use of them', async () => {
    const other = await aTenant(store);
    const service = aService(tenant);
    const cluster = aCluster(null, ['ssd']);
    const [shared, ours, theirs, revoked] = [
      await aNode(store),
      await aNode(store, tenant.organizationId),
      await aNode(store, other.organizationId),
      await aNode(store),
    ];
    const [mine, foreign, exited] = [
      aContainer(tenant, { serviceId: service.id, milliCpu: 500, memoryBytes: 1_000 }),
      aContainer(other, { milliCpu: 250, memoryBytes: 2_000 }),
      aContainer(tenant, { serviceId: service.id, desired: 'stopped' }),
    ];
    await store.work.platform(async (tx) => {
      await tx.services.insert(service);
      await tx.nodes.insertCluster(cluster);
      await tx.containers.insert([mine, foreign, exited]);
      await tx.containers.place([
        { id: mine.id, nodeId: shared, hostPorts: [{ hostPort: 80, protocol: 'tcp' }] },
        { id: foreign.id, nodeId: shared, hostPorts: [{ hostPort: 53, protocol: 'udp' }] },
        { id: exited.id, nodeId: shared, hostPorts: [] },
      ]);
    });
    await store.sql(`UPDATE container SET state = 'exited', exit_code = 1, finished_at = now() WHERE id = $1`, [
      exited.id,
    ]);
    await store.sql('UPDATE node SET node_cluster_id = $2, tags = ARRAY[$3] WHERE id = $1', [shared, cluster.id, 'eu']);
    await store.sql('UPDATE node SET revoked_at = now() WHERE id = $1', [revoked]);
    const views = await store.work.platformRead((tx) => tx.nodes.candidates(tenant.organizationId, service.id));
    const ids = views.map((view) => view.id);
    expect(ids).toEqual(expect.arrayContaining([shared, ours]));
    expect(ids).not.toContain(theirs);
    expect(ids).not.toContain(revoked);
    expect(views.find((view) => view.id === shared)).toMatchObject({
      tags: ['eu', 'ssd', cluster.name, 'byon', 'byon=true'],
      usedMilliCpu: 750,
      usedMemoryBytes: 3_000,
      usedContainers: 2,
      usedHostPorts: expect.arrayContaining([
        { hostPort: 80, protocol: 'tcp' },
        { hostPort: 53, protocol: 'udp' },
      ]),
      serviceContainers: 1,
      recentFailures: 1,
      networkBehind: false,
    });
    expect(views.find((view) => view.id === ours)).toMatchObject({
      usedMilliCpu: 0,
      usedHostPorts: [],
      tags: ['byon', 'byon=true'],
    });
  });
});
