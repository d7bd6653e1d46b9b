import type { ContainerRecord } from '#libs/core/container/container.repository.port.js';
import { newId } from '#libs/platform/id.js';
import { aContainer, aNode, aService, aSpec, aTenant, type Tenant } from './records.js';
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
const insert = (...containers: ContainerRecord[]) =>
  store.work.tenant(tenant, (tx) => tx.containers.insert(containers));
const generationOf = async (node: string) =>
  (await store.sql<{ at: number }>('SELECT assignment_generation AS at FROM node WHERE id = $1', [node]))[0]?.at ?? -1;
const place = (container: ContainerRecord, nodeId: string, ...ports: number[]) =>
  store.work.platform((tx) =>
    tx.containers.place([
      { id: container.id, nodeId, hostPorts: ports.map((hostPort) => ({ hostPort, protocol: 'tcp' })) },
    ]),
  );

describe('containers', () => {
  it('come back as they were written, many at once', async () => {
    const template = aSpec('x').template;
    const written = [
      aContainer(tenant, {
        template,
        restart: aSpec('x').restart,
        environment: [{ name: 'A', value: 'ü "quoted"' }],
        memoryBytes: 2 ** 41,
      }),
      aContainer(tenant),
    ];
    await insert(...written);
    for (const container of written) {
      const read = await store.work.tenantRead(tenant, (tx) => tx.containers.get(tenant.projectId, container.id));
      expect(read).toEqual(container);
    }
    await insert();
  });

  it('outside of services keep their name for themselves', async () => {
    const service = aService(tenant);
    await store.work.tenant(tenant, (tx) => tx.services.insert(service));
    await insert(aContainer(tenant, { name: 'one' }));
    await expect(insert(aContainer(tenant, { name: 'one' }))).rejects.toMatchObject({
      code: 'conflict',
      detail: { field: 'name' },
    });
    await insert(aContainer(tenant, { name: 'one', serviceId: service.id }));
  });

  it('that no node has seen end at once when they are removed', async () => {
    const container = aContainer(tenant);
    await insert(container);
    const [change] = await store.work.tenant(tenant, (tx) =>
      tx.containers.desire([{ id: container.id, desired: 'removed' }]),
    );
    expect(change).toEqual({ id: container.id, generation: 2 });
    const read = await store.work.tenantRead(tenant, (tx) => tx.containers.get(tenant.projectId, container.id));
    expect(read).toMatchObject({ desired: 'removed', removedAt: expect.any(Date), observed: { state: 'removed' } });
    expect(
      await store.work.tenant(tenant, (tx) => tx.containers.desire([{ id: container.id, desired: 'running' }])),
    ).toEqual([]);
  });

  it.each(['the shared pool', 'the organization'])('on a node of %s tell it what a tenant changes', async (pool) => {
    const node = await aNode(store, pool === 'the organization' ? tenant.organizationId : null);
    const container = aContainer(tenant);
    await insert(container);
    await place(container, node);
    expect(await generationOf(node)).toBe(1);
    await store.work.tenant(tenant, (tx) =>
      tx.containers.desire([{ id: container.id, desired: 'stopped', held: true, restart: true }]),
    );
    expect(await generationOf(node)).toBe(2);
    const read = await store.work.tenantRead(tenant, (tx) => tx.containers.get(tenant.projectId, container.id));
    expect(read).toMatchObject({ desired: 'stopped', held: true, generation: 2, restartNonce: 1, nodeId: node });
    const [assigned] = await store.sql('SELECT assigned_generation AS at FROM container WHERE id = $1', [container.id]);
    expect(assigned).toEqual({ at: 2 });
  });

  it('keep their generation when only what the deciders note down changes: agents act on a new one', async () => {
    const container = aContainer(tenant);
    await insert(container);
    const note = (given: object) =>
      store.work.tenant(tenant, (tx) => tx.containers.desire([{ id: container.id, desired: 'running', ...given }]));
    expect(await note({ failedAt: new Date(), held: false })).toEqual([{ id: container.id, generation: 1 }]);
    expect(await note({ startIncarnation: 2 })).toEqual([{ id: container.id, generation: 2 }]);
    expect(await note({ startIncarnation: 2 })).toEqual([{ id: container.id, generation: 2 }]);
    expect(await note({ restart: true })).toEqual([{ id: container.id, generation: 3 }]);
  });

  it('of another organization are not changed, nor told to their node', async () => {
    const other = await aTenant(store);
    const node = await aNode(store);
    const container = aContainer(tenant);
    await insert(container);
    await place(container, node);
    expect(
      await store.work.tenant(other, (tx) => tx.containers.desire([{ id: container.id, desired: 'removed' }])),
    ).toEqual([]);
    expect(await generationOf(node)).toBe(1);
  });

  it('take host ports of their node, one each', async () => {
    const node = await aNode(store);
    const [first, second] = [aContainer(tenant), aContainer(tenant)];
    await insert(first, second);
    await place(first, node, 8080, 8081);
    await expect(place(second, node, 8081)).rejects.toMatchObject({ code: 'stale' });
    expect(await generationOf(node)).toBe(1);
    await place(second, await aNode(store), 8081);
  });

  it('changed at once on one node are numbered without a gap or a repetition', async () => {
    const node = await aNode(store);
    const containers = Array.from({ length: 12 }, () => aContainer(tenant));
    await insert(...containers);
    await Promise.all(containers.map((container) => place(container, node)));
    await Promise.all(
      containers.map(({ id }) => store.work.tenant(tenant, (tx) => tx.containers.desire([{ id, desired: 'stopped' }]))),
    );
    const rows = await store.sql<{ at: number }>(
      'SELECT assigned_generation AS at FROM container WHERE node_id = $1 ORDER BY 1',
      [node],
    );
    expect(rows.map((row) => row.at)).toEqual(Array.from({ length: 12 }, (_, at) => 13 + at));
  });

  it('of a service come by slot, with those a decider still needs', async () => {
    const service = aService(tenant);
    const at = new Date();
    const of = (given: Partial<ContainerRecord>) => aContainer(tenant, { serviceId: service.id, ...given });
    const [second, first] = [of({ ordinal: 2 }), of({ ordinal: 1 })];
    const [failed, autodestroyed, forgotten] = [of({ ordinal: 3 }), of({ ordinal: 4 }), of({ ordinal: 5 })];
    await store.work.tenant(tenant, async (tx) => {
      await tx.services.insert(service);
      await tx.containers.insert([second, first, failed, autodestroyed, forgotten]);
      await tx.containers.desire([
        { id: failed.id, desired: 'removed', failedAt: at },
        { id: autodestroyed.id, desired: 'removed', autodestroyed: true },
        { id: forgotten.id, desired: 'removed' },
      ]);
      const living = await tx.containers.ofService(service.id);
      expect(living.map((container) => container.id)).toEqual([first.id, second.id]);
      const needed = await tx.containers.forReconcile(service.id, null, at);
      expect(needed.map((container) => container.id)).toEqual([first.id, second.id, failed.id, autodestroyed.id]);
      const later = await tx.containers.forReconcile(service.id, null, new Date(at.getTime() + 2 * 3_600_000));
      expect(later.map((container) => container.id)).toEqual([first.id, second.id, autodestroyed.id]);
    });
  });

  it('are listed by any filter with service, definition, node and links', async () => {
    const node = await aNode(store);
    const db = aService(tenant, { name: 'db' });
    const web = aService(tenant, { spec: aSpec('web', { links: [{ alias: 'data', serviceId: db.id }] }) });
    const ofDb = aContainer(tenant, { serviceId: db.id, revision: 1, createdAt: new Date(1_000) });
    const lone = aContainer(tenant, { createdAt: new Date(2_000), desired: 'stopped' });
    const gone = aContainer(tenant, { createdAt: new Date(3_000) });
    await store.work.tenant(tenant, async (tx) => {
      for (const service of [db, web]) await tx.services.insert(service);
      await tx.services.insertRevision(db.id, tenant.organizationId, 1, db.spec);
      await tx.containers.insert([ofDb, lone, gone]);
      await tx.containers.desire([{ id: gone.id, desired: 'removed' }]);
    });
    await place(ofDb, node);
    await store.work.tenantRead(tenant, async (tx) => {
      const list = async (filter: Partial<Parameters<typeof tx.containers.details>[1]>) =>
        (await tx.containers.details(tenant.projectId, { ...page, ...filter })).rows.map((row) => row.id);
      const { rows, total } = await tx.containers.details(tenant.projectId, page);
      expect(total).toBe(2);
      expect(rows[0]).toMatchObject({
        id: ofDb.id,
        serviceName: 'db',
        spec: db.spec,
        nodeName: expect.stringMatching(/^node-/),
        linkedFrom: [{ serviceId: web.id, serviceName: web.name, alias: 'data' }],
      });
      expect(rows[1]).toMatchObject({ id: lone.id, serviceName: null, spec: null, nodeName: null, linkedFrom: [] });
      expect(await list({ serviceId: db.id })).toEqual([ofDb.id]);
      expect(await list({ serviceName: 'db' })).toEqual([ofDb.id]);
      expect(await list({ nodeId: node })).toEqual([ofDb.id]);
      expect(await list({ desired: ['stopped'] })).toEqual([lone.id]);
      expect(await list({ states: ['pending'] })).toEqual([ofDb.id, lone.id]);
      expect(await list({ name: lone.name })).toEqual([lone.id]);
      expect(await list({ idPrefix: lone.id.slice(0, 14) })).toEqual([lone.id]);
      expect(await list({ includeRemoved: true })).toEqual([ofDb.id, lone.id, gone.id]);
      expect(await list({ limit: 1, offset: 1 })).toEqual([lone.id]);
      expect(await list({ ids: [newId()] })).toEqual([]);
    });
  });
});
