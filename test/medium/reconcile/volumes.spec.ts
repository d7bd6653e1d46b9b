import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { VolumeCommands } from '#libs/core/volume/volume.commands.js';
import type { VolumeDetails } from '#libs/core/volume/volume.repository.port.js';
import type { ServiceInput } from '#libs/core/service/service-intake.js';
import { NoWakeUps, Plane, type SimulatedNode } from './plane.js';

const image = 'localhost/pierhead/sample:latest';
const longTime = 30_000;

describe('volumes of services', () => {
  let plane: Plane;
  let tenant: RequestContext;
  let volumes: VolumeCommands;
  let first: SimulatedNode;
  let second: SimulatedNode;

  beforeEach(async () => {
    plane = await Plane.create();
    tenant = await plane.tenant();
    volumes = new VolumeCommands(plane.work, plane.clock, new NoWakeUps());
    first = await plane.node({ tags: ['ssd'] });
    second = await plane.node();
  });
  afterEach(() => plane.close());

  const start = async (
    input: Omit<ServiceInput, 'template'> & { template: Omit<ServiceInput['template'], 'image'> },
  ) => {
    const { service } = await plane.services.create(tenant, { ...input, template: { image, ...input.template } });
    await plane.services.start(tenant, service.id);
    await plane.settle();
    return service.id;
  };
  const settleLater = async () => {
    await plane.settle();
    plane.clock.advance(20_000);
    await plane.settle();
  };
  const redeploy = async (id: string, options = {}) => {
    const { action } = await plane.services.redeploy(tenant, id, options);
    await settleLater();
    return plane.actions.get(tenant, action.id);
  };
  const all = async (): Promise<VolumeDetails[]> => (await volumes.list(tenant, 100, 0)).rows;
  const unnamed = async () => (await all()).filter(({ owner }) => owner === 'instance');
  const running = async (id: string) => (await plane.serviceQueries.get(tenant, id)).containers;
  const assignmentOf = (containerId: string) =>
    plane.nodes.flatMap((node) => node.held.get(containerId)?.assignment ?? [])[0];
  const limitVolumes = (limit: number) =>
    plane.work.tenant(tenant, (tx) => tx.quotas.setLimit(tenant.organizationId, tenant.projectId, 'volumes', limit));
  const used = async () => {
    const lines = await plane.work.tenantRead(tenant, (tx) => tx.quotas.usage(tenant.organizationId, tenant.projectId));
    return lines.find(({ resource }) => resource === 'volumes')?.used;
  };
  const lose = async (node: SimulatedNode) => {
    node.silent = true;
    await plane.owner.query(`UPDATE node SET state = 'lost' WHERE id = $1`, [node.id]);
    await plane.work.platform(async (tx) => {
      await tx.reconcile.loseContainers(node.id);
      await tx.outbox.add(await tx.reconcile.keysOnNode(node.id));
    });
    await settleLater();
  };

  const unnamedMount = { kind: 'volume' as const, perInstance: true, target: '/data' };

  it(
    'are an instance’s own, and its next container’s on the same node',
    async () => {
      const id = await start({ name: 'web', replicas: 2, template: { mounts: [unnamedMount] } });
      const before = await unnamed();
      expect(before.map(({ instance }) => instance).sort()).toEqual(['1', '2']);
      const nodesBefore = (await running(id)).map(({ nodeId }) => nodeId);
      const [one] = await running(id);
      const mount = assignmentOf(one?.id ?? '')?.volumes[0];
      expect(mount).toMatchObject({ target: '/data', name: expect.stringContaining(mount?.volumeId ?? '?') as string });

      expect((await redeploy(id)).state).toBe('success');
      expect((await unnamed()).map((volume) => volume.id).sort()).toEqual(before.map((volume) => volume.id).sort());
      expect((await running(id)).map(({ nodeId }) => nodeId)).toEqual(nodesBefore);
      const [next] = await running(id);
      expect(next?.id).not.toBe(one?.id);
      expect(assignmentOf(next?.id ?? '')?.volumes[0]?.name).toBe(mount?.name);
      // They do not count: their user never asked for them one by one.
      expect(await used()).toBe(0);
    },
    longTime,
  );

  it(
    'are new ones on any node when a redeploy says so, and those of before go only when it has succeeded',
    async () => {
      const rollout = { failureAction: 'rollback' as const };
      const id = await start({ name: 'web', rollout, template: { mounts: [unnamedMount] } });
      const [before] = await unnamed();
      first.behave = second.behave = ({ volumes: [mount] }) =>
        mount?.volumeId === before?.id ? { state: 'running' } : { state: 'failed', message: 'no', startedAt: null };
      expect((await redeploy(id, { renewVolumes: true })).state).toBe('failed');
      await settleLater();
      expect((await running(id)).map(({ state }) => state)).toEqual(['running']);
      expect((await unnamed()).map((volume) => volume.id)).toEqual([before?.id]);
      first.behave = second.behave = () => ({ state: 'running' });
      expect((await redeploy(id, { renewVolumes: true })).state).toBe('success');
      const after = await unnamed();
      expect(after).toHaveLength(1);
      expect(after[0]?.id).not.toBe(before?.id);
      const removals = await plane.owner.query(`SELECT volume_id FROM volume_removal`);
      expect(removals).toContainEqual({ volume_id: before?.id });
    },
    longTime,
  );

  it(
    'make a redeploy fail with a sentence when the node that has them no longer matches',
    async () => {
      const id = await start({ name: 'web', template: { mounts: [unnamedMount] }, placement: { tags: ['ssd'] } });
      await plane.owner.query(`UPDATE node SET tags = '{}' WHERE id = $1`, [first.id]);
      await plane.owner.query(`UPDATE node SET tags = '{ssd}' WHERE id = $1`, [second.id]);
      const [volume] = await unnamed();
      const refused = await redeploy(id);
      expect(refused.state).toBe('failed');
      expect(refused.message).toContain(`1 node does not hold the local volume "${volume?.name}"`);
      expect(refused.message).toContain('1 node lacks the tag "ssd"');
      expect((await running(id))[0]?.nodeId).toBe(first.id);
      // New volumes may be anywhere.
      expect((await redeploy(id, { renewVolumes: true })).state).toBe('success');
      expect((await running(id))[0]?.nodeId).toBe(second.id);
    },
    longTime,
  );

  it(
    'of one container are renewed when that container is redeployed without them',
    async () => {
      const id = await start({ name: 'web', replicas: 2, template: { mounts: [unnamedMount] } });
      const before = await unnamed();
      const [one] = await running(id);
      await plane.containers.redeploy(tenant, one?.id ?? '', { renewVolumes: true });
      await settleLater();
      const after = await unnamed();
      const of = (list: VolumeDetails[], instance: string) => list.filter((volume) => volume.instance === instance);
      expect(of(after, '2').map((volume) => volume.id)).toEqual(of(before, '2').map((volume) => volume.id));
      expect(of(after, '1')).toHaveLength(1);
      expect(of(after, '1')[0]?.id).not.toBe(of(before, '1')[0]?.id);
    },
    longTime,
  );

  it(
    'without a name go with their instance, named ones stay and are counted',
    async () => {
      const mounts = [unnamedMount, { ...unnamedMount, volume: 'kept', target: '/kept' }];
      const id = await start({ name: 'db', replicas: 2, template: { mounts } });
      expect(
        (await all())
          .map(({ name }) => name)
          .filter((name) => name.startsWith('kept'))
          .sort(),
      ).toEqual(['kept-db-1', 'kept-db-2']);
      expect(await used()).toBe(2);
      await plane.services.update(tenant, id, (spec) => ({
        ...spec,
        replicas: 1,
        links: [],
      }));
      await settleLater();
      expect((await unnamed()).map(({ instance }) => instance)).toEqual(['1']);
      await expect(volumes.delete(tenant, 'kept-db-1')).rejects.toMatchObject({ code: 'state' });
      await plane.services.terminate(tenant, id);
      await settleLater();
      expect((await all()).map(({ name }) => name).sort()).toEqual(['kept-db-1', 'kept-db-2']);
      await volumes.delete(tenant, 'kept-db-1');
      expect(await used()).toBe(1);
    },
    longTime,
  );

  it(
    'of an instance do not take a name that is its user’s',
    async () => {
      await volumes.create(tenant, { name: 'kept-db-1' });
      const id = await start({ name: 'db', template: { mounts: [{ ...unnamedMount, volume: 'kept' }] } });
      const names = (await all()).map(({ name }) => name);
      expect(names).toEqual(['kept-db-1', `kept-db-1-${id.replaceAll('-', '').slice(0, 8)}`]);
    },
    longTime,
  );

  it(
    'beyond the quota are a refusal that the service shows, and nothing half made',
    async () => {
      await limitVolumes(1);
      const id = await start({ name: 'db', replicas: 2, template: { mounts: [{ ...unnamedMount, volume: 'kept' }] } });
      const service = await plane.serviceQueries.get(tenant, id);
      expect(service.stateMessage).toContain('The quota of the project is 1 volume');
      expect(await used()).toBe(0);
      await limitVolumes(2);
      await settleLater();
      expect(await running(id)).toHaveLength(2);
      expect(await used()).toBe(2);
    },
    longTime,
  );

  it(
    'without a name are given up with a lost node, named ones hold their instance there',
    async () => {
      const id = await start({
        name: 'web',
        template: { mounts: [unnamedMount] },
        placement: { strategy: 'high-availability' },
      });
      const held = await start({
        name: 'db',
        template: { mounts: [{ ...unnamedMount, volume: 'kept' }] },
        placement: { tags: ['ssd'] },
      });
      const on = (await running(id))[0]?.nodeId;
      await lose(first);
      await plane.owner.query(`UPDATE node SET tags = '{ssd}'`);
      await settleLater();
      const survivor = (await running(id)).filter(({ state }) => state === 'running');
      if (on === first.id) expect(survivor.map(({ nodeId }) => nodeId)).toEqual([second.id]);
      const service = await plane.serviceQueries.get(tenant, held);
      expect(service.stateMessage).toContain('does not hold the local volume "kept-db-1"');
    },
    longTime,
  );

  it(
    'are told to the nodes of services that mount another’s',
    async () => {
      const source = await start({ name: 'data', template: { mounts: [unnamedMount] } });
      const id = await start({ name: 'reader', volumesFrom: [source], template: {} });
      const [reader] = await running(id);
      expect(reader?.nodeId).toBe((await running(source))[0]?.nodeId);
      expect(assignmentOf(reader?.id ?? '')?.volumesFrom).toEqual([source]);
    },
    longTime,
  );

  describe('with one writer', () => {
    const single = { kind: 'volume' as const, volume: 'ledger', target: '/ledger' };
    const make = () => volumes.create(tenant, { name: 'ledger', access: 'single-writer' });
    const ledger = () => volumes.get(tenant, 'ledger');
    /** As a volume that can be mounted anywhere: a local one keeps its container on its node in any case. */
    const movable = () => plane.owner.query(`UPDATE volume SET driver = 'share', node_id = NULL WHERE name = 'ledger'`);

    it(
      'have one container at a time; readers are free',
      async () => {
        await make();
        const id = await start({ name: 'db', replicas: 2, template: { mounts: [single] } });
        expect(await running(id)).toHaveLength(1);
        const service = await plane.serviceQueries.get(tenant, id);
        expect(service.stateMessage).toMatch(/^Volume "ledger" has one writer at a time/);
        expect(await ledger()).toMatchObject({ fence: 1, writer: { containerName: 'db-1', lost: false } });
        const readers = await start({
          name: 'readers',
          replicas: 2,
          template: { mounts: [{ ...single, readOnly: true }] },
        });
        const containers = await running(readers);
        expect(containers).toHaveLength(2);
        expect(assignmentOf(containers[0]?.id ?? '')?.volumes).toMatchObject([{ fence: 0 }]);
      },
      longTime,
    );

    it(
      'change hands in a redeploy, the old container first, with a higher fence',
      async () => {
        await make();
        const id = await start({ name: 'db', rollout: { order: 'start-first' }, template: { mounts: [single] } });
        expect((await redeploy(id)).state).toBe('success');
        expect(await ledger()).toMatchObject({ fence: 2 });
        const [container] = await running(id);
        expect(assignmentOf(container?.id ?? '')?.volumes).toMatchObject([{ fence: 2 }]);
      },
      longTime,
    );

    it(
      'are not given to a replacement while their writer’s node is lost, until it is released',
      async () => {
        await make();
        await movable();
        const id = await start({ name: 'db', template: { mounts: [single] } });
        const [writer] = await running(id);
        const node = plane.nodes.find((each) => each.id === writer?.nodeId);
        if (!node) throw new Error('It runs nowhere.');
        await lose(node);
        expect((await running(id)).map((each) => each.id)).toEqual([writer?.id]);
        const service = await plane.serviceQueries.get(tenant, id);
        expect(service.stateMessage).toContain('may still be written by container "db-1" on node');
        await expect(volumes.delete(tenant, 'ledger')).rejects.toMatchObject({ code: 'state' });

        const released = await volumes.release(tenant, 'ledger');
        expect(released).toMatchObject({ writer: null, fence: 2 });
        await settleLater();
        const living = (await running(id)).filter(({ state }) => state === 'running');
        expect(living.map(({ nodeId }) => nodeId)).not.toContain(node.id);
        expect(living).toHaveLength(1);
        expect(await ledger()).toMatchObject({ fence: 3, writer: { containerName: 'db-1', lost: false } });
        const [record] = (await plane.owner.query(
          `SELECT verb, user_name FROM action WHERE verb = 'release'`,
        )) as object[];
        expect(record).toEqual({ verb: 'release', user_name: tenant.userName });
      },
      longTime,
    );

    it(
      'go to a replacement when the writer’s node is back and says that it ended, or was taken out',
      async () => {
        await make();
        await movable();
        const id = await start({ name: 'db', template: { mounts: [single] } });
        const [writer] = await running(id);
        const node = plane.nodes.find((each) => each.id === writer?.nodeId);
        if (!node) throw new Error('It runs nowhere.');
        await lose(node);
        expect(await running(id)).toHaveLength(1);
        await plane.owner.query(`UPDATE node SET revoked_at = now(), removed_at = now() WHERE id = $1`, [node.id]);
        await plane.reconcile(`service:${id}`);
        await settleLater();
        const living = (await running(id)).filter(({ state }) => state === 'running');
        expect(living.map(({ nodeId }) => nodeId)).not.toContain(node.id);
        expect(living).toHaveLength(1);
      },
      longTime,
    );

    it('can only be released when something holds them', async () => {
      await make();
      await expect(volumes.release(tenant, 'ledger')).rejects.toMatchObject({ code: 'state' });
      await volumes.create(tenant, { name: 'free' });
      await expect(volumes.release(tenant, 'free')).rejects.toMatchObject({ code: 'state' });
      await expect(volumes.release({ ...tenant, roles: ['developer'] }, 'ledger')).rejects.toMatchObject({
        code: 'forbidden',
      });
    });

    it(
      'are asked for before anything mounts the volume',
      async () => {
        await start({ name: 'db', template: { mounts: [single] } });
        await expect(volumes.update(tenant, 'ledger', { access: 'single-writer' })).rejects.toMatchObject({
          code: 'state',
          message: expect.stringContaining('is used by "db"') as string,
        });
        expect(await volumes.update(tenant, 'ledger', { sizeLimitBytes: 5 })).toMatchObject({ sizeLimitBytes: 5 });
      },
      longTime,
    );
  });
});
