import { FileShareCommands } from '#libs/core/file-share/file-share.commands.js';
import { FileShareSettings } from '#libs/core/file-share/file-share.settings.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { VolumeCommands } from '#libs/core/volume/volume.commands.js';
import type { NodeShareReport } from '#libs/core/volume/storage-directory.port.js';
import { newId } from '#libs/platform/id.js';
import { PostgresStorageDirectory } from '#libs/store/volume/postgres.storage-directory.js';
import { NoWakeUps, Plane, type SimulatedNode } from './plane.js';

const megabytes = 1024 ** 2;
const sizeBytes = 64 * megabytes;
const wish = (name: string) => ({ name, sizeBytes, iopsPerGb: 2 as const });
const image = 'localhost/pierhead/sample:latest';

describe('file shares', () => {
  let plane: Plane;
  let tenant: RequestContext;
  let shares: FileShareCommands;
  let volumes: VolumeCommands;
  let storage: PostgresStorageDirectory;
  let keeper: SimulatedNode;

  beforeAll(async () => {
    plane = await Plane.create();
    shares = new FileShareCommands(plane.work, plane.clock, new NoWakeUps(), new FileShareSettings([sizeBytes]));
    volumes = new VolumeCommands(plane.work, plane.clock, new NoWakeUps());
    storage = new PostgresStorageDirectory(plane.work);
  });
  beforeEach(async () => {
    tenant = await plane.tenant();
    keeper = await plane.node({
      organizationId: tenant.organizationId,
      storage: { port: 2049, totalBytes: 4 * sizeBytes },
      machine: 'machine-a',
    });
  });
  afterEach(async () => {
    await plane.owner.query(`UPDATE node SET removed_at = now()`);
    plane.nodes.length = 0;
  });
  afterAll(() => plane.close());

  const say = async (shareId: string, state: NodeShareReport['state'], given: Partial<NodeShareReport> = {}) => {
    const report = { shareId, state, message: null, usedBytes: null, totalBytes: null, ...given };
    await storage.report(keeper.id, keeper.epoch, { volumes: [], found: [], shares: [report] });
    await plane.settle();
  };
  const actionState = async (id: string) => (await plane.actions.get(tenant, id)).state;
  const told = async () => (await storage.storageOf([keeper.id]))[0]?.shares ?? [];
  const ready = async (name: string) => {
    const { share } = await shares.create(tenant, wish(name));
    await say(share.id, 'ready');
    return share;
  };
  const quota = async (resource: string) => {
    const lines = await plane.work.tenantRead(tenant, (tx) => tx.quotas.usage(tenant.organizationId, null));
    return lines.find((line) => line.resource === resource)?.used;
  };
  const anotherProject = async (): Promise<RequestContext> => {
    const [id, namespace] = [newId<string>(), `p${newId<string>().slice(0, 8)}`];
    await plane.owner.query(
      `INSERT INTO project (id, organization_id, name, namespace, display_name) VALUES ($1, $2, $3, $3, $3)`,
      [id, tenant.organizationId, namespace],
    );
    return { ...tenant, projectId: id, namespace };
  };
  const start = async (context: RequestContext, volume: string) => {
    const mounts = [{ kind: 'volume' as const, volume, target: '/data' }];
    const { service } = await plane.services.create(context, { name: 'web', template: { image, mounts } });
    await plane.services.start(context, service.id);
    await plane.settle();
    return service.id;
  };

  it('is ready when its node says so, and not before', async () => {
    const { share, action } = await shares.create(tenant, wish('data'));
    await plane.settle();
    expect(share).toMatchObject({ state: 'creating', nodeId: keeper.id, sizeBytes });
    expect(await told()).toEqual([
      { shareId: share.id, sizeBytes, removed: false, made: false, clients: [], folders: [] },
    ]);
    expect(await actionState(action.id)).toBe('pending');
    await say(share.id, 'ready', { usedBytes: 5, totalBytes: sizeBytes - megabytes });
    expect(await shares.get(tenant, 'data')).toMatchObject({
      state: 'ready',
      usedBytes: 5,
      totalBytes: 63 * megabytes,
    });
    expect(await actionState(action.id)).toBe('success');
    // Whoever has lost it must not make an empty one in its place.
    expect((await told())[0]?.made).toBe(true);
  });

  it('says why it could not be made, and is ready when it could after all', async () => {
    const { share, action } = await shares.create(tenant, wish('data'));
    await say(share.id, 'failed', { message: 'No loop device is free.' });
    expect(await shares.get(tenant, 'data')).toMatchObject({ state: 'failed', message: 'No loop device is free.' });
    expect(await plane.actions.get(tenant, action.id)).toMatchObject({
      state: 'failed',
      message: 'No loop device is free.',
    });
    await say(share.id, 'ready');
    expect(await shares.get(tenant, 'data')).toMatchObject({ state: 'ready', message: null });
  });

  it('is not taken from a node that does not keep it', async () => {
    const { share } = await shares.create(tenant, wish('data'));
    const other = await plane.node({ organizationId: tenant.organizationId });
    const report = { shareId: share.id, state: 'ready' as const, message: null, usedBytes: null, totalBytes: null };
    await storage.report(other.id, other.epoch, { volumes: [], found: [], shares: [report] });
    await plane.settle();
    expect((await shares.get(tenant, 'data')).state).toBe('creating');
  });

  it('follows its node’s state', async () => {
    const share = await ready('data');
    const nodeIs = async (state: string, gone = false) => {
      await plane.owner.query(`UPDATE node SET state = $2, removed_at = CASE WHEN $3 THEN now() END WHERE id = $1`, [
        ...[keeper.id, state, gone],
      ]);
      await plane.work.platform((tx) => tx.outbox.add([`node:${keeper.id}`]));
      await plane.settle();
      return (await shares.get(tenant, share.id)).state;
    };
    expect(await nodeIs('lost')).toBe('unreachable');
    expect(await nodeIs('ready')).toBe('ready');
    await volumes.create(tenant, { name: 'on-it', fileShare: 'data' });
    expect(await nodeIs('removed', true)).toBe('failed');
    expect((await volumes.get(tenant, 'on-it')).state).toBe('lost');
    await volumes.delete(tenant, 'on-it');
    const action = await shares.delete(tenant, 'data');
    await plane.settle();
    await expect(shares.get(tenant, 'data')).rejects.toMatchObject({ code: 'not-found' });
    expect(await actionState(action.id)).toBe('success');
  });

  it('is refused with a sentence where no node has room, however many ask at once', async () => {
    const asked = await Promise.allSettled(Array.from({ length: 7 }, (_, n) => shares.create(tenant, wish(`s${n}`))));
    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(4);
    const refused = asked.flatMap((one) => (one.status === 'rejected' ? [one.reason as Error] : []));
    for (const error of refused)
      expect(error).toMatchObject({
        code: 'unplaceable',
        message: expect.stringContaining('1 node has too little room') as string,
      });
    expect(await quota('fileShares')).toBe(4);
    expect(await quota('fileShareBytes')).toBe(4 * sizeBytes);
    await plane.owner.query(`UPDATE node SET roles = '{}' WHERE id = $1`, [keeper.id]);
    await expect(shares.create(tenant, wish('none'))).rejects.toMatchObject({
      message: 'No node keeps file shares: none has the storage role.',
    });
  });

  it('counts against the organization’s quota, and no longer once it is asked to go', async () => {
    const limit = (resource: 'fileShares' | 'fileShareBytes', most: number | null) =>
      plane.work.tenant(tenant, (tx) => tx.quotas.setLimit(tenant.organizationId, null, resource, most));
    await limit('fileShares', 1);
    const asked = await Promise.allSettled([shares.create(tenant, wish('a')), shares.create(tenant, wish('b'))]);
    expect(asked.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await expect(shares.create(tenant, wish('c'))).rejects.toMatchObject({
      code: 'quota',
      message: 'The quota of the organization is 1 file shares; 1 in use, 1 more asked for.',
    });
    await limit('fileShares', null);
    await limit('fileShareBytes', sizeBytes);
    await expect(shares.create(tenant, wish('c'))).rejects.toMatchObject({ code: 'quota' });
    const [there] = (await shares.list(tenant, { limit: 5, offset: 0 })).rows;
    await shares.delete(tenant, there?.id ?? '');
    expect(await quota('fileShares')).toBe(0);
    const corrected = await plane.work.platform((tx) => tx.quotas.recount(tenant.organizationId));
    expect(corrected.filter(({ resource }) => resource.startsWith('fileShare'))).toEqual([]);
  });

  it.each([
    [{ name: 'a/b' }, 'name'],
    [{ sizeBytes: 7 }, 'sizeBytes'],
  ])('refuses %j', async (given, field) => {
    await expect(shares.create(tenant, { ...wish('data'), ...given })).rejects.toMatchObject({
      code: 'invalid',
      detail: { field },
    });
  });

  it('has a name of its own in the organization', async () => {
    await ready('data');
    await expect(shares.create(await anotherProject(), wish('data'))).rejects.toMatchObject({ code: 'conflict' });
  });

  it('is not deleted while volumes stand on it; its node is told of each folder until it is gone', async () => {
    const share = await ready('data');
    const { volume } = await volumes.create(tenant, { name: 'on-it', fileShare: 'data' });
    expect((await told())[0]?.folders).toEqual([{ volumeId: volume.id, removed: false }]);
    await expect(shares.delete(tenant, 'data')).rejects.toMatchObject({
      code: 'state',
      message: 'On file share "data" stand the volumes "on-it"; delete those first.',
    });
    const size = { volumeId: volume.id, usedBytes: 17, gone: false };
    await storage.report(keeper.id, keeper.epoch, { volumes: [size], found: [], shares: [] });
    expect((await volumes.get(tenant, 'on-it')).usedBytes).toBe(17);
    await volumes.delete(tenant, 'on-it');
    expect((await told())[0]?.folders).toEqual([{ volumeId: volume.id, removed: true }]);
    const gone = { volumeId: volume.id, usedBytes: 0, gone: true };
    await storage.report(keeper.id, keeper.epoch, { volumes: [gone], found: [], shares: [] });
    expect((await told())[0]?.folders).toEqual([]);
    const action = await shares.delete(tenant, 'data');
    expect(await shares.get(tenant, 'data')).toMatchObject({ state: 'deleting' });
    await expect(volumes.create(tenant, { name: 'late', fileShare: 'data' })).rejects.toMatchObject({ code: 'state' });
    expect((await told())[0]?.removed).toBe(true);
    await say(share.id, 'removed');
    await expect(shares.get(tenant, 'data')).rejects.toMatchObject({ code: 'not-found' });
    expect(await actionState(action.id)).toBe('success');
    expect(await told()).toEqual([]);
  });

  it('is another project’s to use only when it was allowed to, and not taken away under its volumes', async () => {
    await ready('data');
    const other = await anotherProject();
    await expect(shares.get(other, 'data')).rejects.toMatchObject({ code: 'not-found' });
    await expect(volumes.create(other, { name: 'v', fileShare: 'data' })).rejects.toMatchObject({
      ...{ code: 'invalid', detail: { field: 'fileShare' } },
    });
    const allowed = await shares.update(tenant, 'data', { addProjects: [other.namespace] });
    expect(allowed.sharedWith).toEqual([{ id: other.projectId, namespace: other.namespace }]);
    await volumes.create(other, { name: 'v', fileShare: 'data' });
    expect((await shares.get(other, 'data')).volumes.map(({ name }) => name)).toEqual(['v']);
    await expect(shares.delete(other, 'data')).rejects.toMatchObject({ code: 'state' });
    await expect(shares.update(tenant, 'data', { removeProjects: [other.projectId] })).rejects.toMatchObject({
      ...{ code: 'state', message: expect.stringContaining('"v"') as string },
    });
    await volumes.delete(other, 'v');
    await shares.update(tenant, 'data', { removeProjects: [other.projectId] });
    await expect(shares.get(other, 'data')).rejects.toMatchObject({ code: 'not-found' });
    const foreign = await plane.tenant();
    await expect(shares.update(tenant, 'data', { addProjects: [foreign.projectId] })).rejects.toMatchObject({
      ...{ code: 'invalid', detail: { field: 'addProjects' } },
    });
  });

  describe('with containers', () => {
    let near: SimulatedNode;
    let far: SimulatedNode;
    beforeEach(async () => {
      // Its own node keeps shares and takes no containers here.
      await plane.owner.query(`UPDATE node SET schedulable = false WHERE id = $1`, [keeper.id]);
      const { organizationId } = tenant;
      near = await plane.node({ organizationId, machine: 'machine-a', address: '192.0.2.1' });
      far = await plane.node({ organizationId, machine: 'machine-b', address: '192.0.2.2', nfsClient: true });
      await plane.owner.query(`UPDATE node SET schedulable = true WHERE id = $1`, [keeper.id]);
    });
    const onlyOn = (...nodes: SimulatedNode[]) =>
      plane.owner.query(`UPDATE node SET schedulable = id = ANY($1)`, [nodes.map(({ id }) => id)]);
    const containersOf = async (id: string) => (await plane.serviceQueries.get(tenant, id)).containers;

    it('lets in the nodes that have them, tells each how to reach it, and follows a drain', async () => {
      await ready('data');
      await volumes.create(tenant, { name: 'v', fileShare: 'data' });
      await onlyOn(near);
      const cursor = (await storage.changesSince(null)).cursor;
      const id = await start(tenant, 'v');
      expect((await storage.changesSince(cursor)).nodeIds).toContain(keeper.id);
      expect((await told())[0]?.clients).toEqual(['192.0.2.1']);
      const [held] = [...near.held.values()];
      expect(held?.assignment.volumes[0]?.share).toMatchObject({ nodeId: keeper.id, machine: 'machine-a', port: 2049 });
      const { mounts } = await volumes.get(tenant, 'v');
      expect(mounts).toMatchObject([{ nodeId: near.id, kind: 'bind' }]);
      expect((await shares.get(tenant, 'data')).mounts).toEqual(mounts);

      await plane.owner.query(`UPDATE node SET draining = true, schedulable = id = $1`, [far.id]);
      await plane.owner.query(`UPDATE node SET draining = false WHERE id = $1`, [far.id]);
      await plane.work.platform((tx) => tx.outbox.add([`node:${near.id}`]));
      for (let n = 0; n < 3; n++) {
        await plane.settle();
        plane.clock.advance(20_000);
      }
      expect((await containersOf(id)).map(({ nodeId }) => nodeId)).toEqual([far.id]);
      expect((await volumes.get(tenant, 'v')).mounts).toMatchObject([{ nodeId: far.id, kind: 'nfs' }]);
      expect((await told())[0]?.clients).toEqual(['192.0.2.2']);
    });

    it('wait for a share that is not ready, and go nowhere from where it cannot be reached', async () => {
      const { share } = await shares.create(tenant, wish('data'));
      await volumes.create(tenant, { name: 'v', fileShare: 'data' });
      await plane.owner.query(`UPDATE node SET nfs_client = false WHERE id = $1`, [far.id]);
      await onlyOn(near, far);
      const id = await start(tenant, 'v');
      const sentence = async () => (await plane.serviceQueries.get(tenant, id)).stateMessage;
      expect(await containersOf(id)).toEqual([]);
      expect(await sentence()).toContain('for the file share "data", which is creating');
      expect(await sentence()).toContain('1 node cannot mount the file share "data"');
      await say(share.id, 'ready');
      expect((await containersOf(id)).map(({ nodeId }) => nodeId)).toEqual([near.id]);
    });

    it('a released volume’s old writer is told where it is', async () => {
      await ready('data');
      await volumes.create(tenant, { name: 'v', fileShare: 'data', access: 'single-writer' });
      await onlyOn(near);
      const id = await start(tenant, 'v');
      const [writer] = await containersOf(id);
      const cursor = (await storage.changesSince(null)).cursor;
      await volumes.release(tenant, 'v');
      expect((await storage.changesSince(cursor)).nodeIds).toContain(near.id);
      const [known] = await storage.storageOf([near.id]);
      expect(known?.volumes).toMatchObject([{ fence: 2 }]);
      expect(writer?.nodeId).toBe(near.id);
    });
  });
});
