import { PublicIpPoolService } from '#libs/core/public-ip/public-ip-pool.service.js';
import { PublicIpService } from '#libs/core/public-ip/public-ip.service.js';
import { PublicIpSettings } from '#libs/core/public-ip/public-ip.settings.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { PostgresNetworkDirectory } from '#libs/store/network/postgres.network-directory.js';
import { Plane, type SimulatedNode } from './plane.js';

// real: PostgreSQL and the reconcilers; fake: nodes
const template = { image: 'busybox', ports: [{ containerPort: 80, published: true }, { containerPort: 9000 }] };
const restMs = 60_000;

describe('public addresses', () => {
  let plane: Plane;
  let tenant: RequestContext;
  let operator: RequestContext;
  let ips: PublicIpService;
  let pools: PublicIpPoolService;
  let nodes: SimulatedNode[];
  let directory: PostgresNetworkDirectory;

  beforeEach(async () => {
    plane = await Plane.create();
    tenant = await plane.tenant();
    operator = { ...(await plane.tenant()), roles: ['operator'] };
    nodes = [await plane.node(), await plane.node()];
    await plane.owner.query(`UPDATE node SET overlay = true`);
    const settings = new PublicIpSettings(restMs);
    ips = new PublicIpService(plane.work, plane.clock, settings);
    pools = new PublicIpPoolService(plane.work, plane.clock, settings);
    directory = new PostgresNetworkDirectory(plane.work);
  });
  afterEach(() => plane.close());

  const pool = (name: string, first: string, last: string, nodeClusterId: string | null = null) =>
    pools.create(operator, { name, range: { first, last }, nodeClusterId });
  const run = async (name: string, replicas = 1, of = tenant) => {
    const { service } = await plane.services.create(of, { name, template, replicas });
    await plane.services.start(of, service.id);
    await plane.settle();
    return service.id;
  };
  const containersOf = (serviceId: string) =>
    plane.work.platformRead((tx) => tx.containers.ofService(serviceId)).then((all) => all.filter((c) => !c.removedAt));
  const told = async (of = tenant) => (await directory.views([of.projectId]))[0]?.publicAddresses ?? [];

  it('are given out of a pool, counted, bound to a slot, follow its container to another node, and are told its node', async () => {
    await pool('outside', '203.0.113.10', '203.0.113.12');
    const ip = await ips.request(tenant, 'outside');
    expect(ip).toMatchObject({ address: '203.0.113.10', poolName: 'outside', container: null });
    const serviceId = await run('web');
    const [container] = await containersOf(serviceId);
    const bound = await ips.bind(tenant, ip.id, { containerId: container!.id, ports: 'published' });
    expect(bound).toMatchObject({ changed: true, ip: { serviceId, ordinal: 1, container: { id: container!.id } } });
    expect((await ips.bind(tenant, ip.id, { containerId: container!.id, ports: 'published' })).changed).toBe(false);
    expect(await told()).toEqual([
      {
        nodeId: container!.nodeId,
        address: '203.0.113.10',
        containerId: container!.id,
        privateAddress: container!.privateAddress,
        allPorts: false,
        ports: [{ port: 80, protocol: 'tcp' }],
      },
    ]);
    await plane.owner.query(`UPDATE node SET draining = true, schedulable = false WHERE id = $1`, [container!.nodeId]);
    await plane.reconcile(`node:${container!.nodeId}`);
    for (let round = 0; round < 3; round++) {
      await plane.settle();
      plane.clock.advance(6_000);
    }
    const [moved, ...others] = await told();
    expect(others).toEqual([]);
    const after = (await containersOf(serviceId)).find(({ id }) => id === moved?.containerId);
    expect(moved).toMatchObject({ address: '203.0.113.10', privateAddress: after?.privateAddress });
    expect(moved?.nodeId).not.toBe(container!.nodeId);
    const { rows } = await ips.list(tenant, { bound: true, limit: 10, offset: 0 });
    expect(rows.map(({ address }) => address)).toEqual(['203.0.113.10']);
    const [usage] = (
      await plane.work.tenantRead(tenant, (tx) => tx.quotas.usage(tenant.organizationId, tenant.projectId))
    ).filter(({ resource }) => resource === 'publicIps');
    expect(usage?.used).toBe(1);
    await ips.unbind(tenant, ip.id);
    expect(await told()).toEqual([]);
    await expect(ips.unbind(tenant, ip.id)).rejects.toMatchObject({ code: 'state' });
  });

  it('rest after they were given back, and those that rest longest come first', async () => {
    await pool('small', '198.51.100.1', '198.51.100.2');
    const [a, b] = [await ips.request(tenant, null), await ips.request(tenant, null)];
    await expect(ips.request(tenant, 'small')).rejects.toMatchObject({ code: 'unavailable' });
    await ips.release(tenant, b.id);
    plane.clock.advance(1_000);
    await ips.release(tenant, a.id);
    await expect(ips.request(tenant, null)).rejects.toThrow('no free public address now');
    plane.clock.advance(restMs + 1_000);
    expect((await ips.request(tenant, null)).address).toBe(b.address);
    expect((await ips.request(tenant, null)).address).toBe(a.address);
  });

  it('are never held by two, however many ask at once', async () => {
    await pool('race', '198.51.100.1', '198.51.100.8');
    const other = await plane.tenant();
    const asked = await Promise.allSettled(
      Array.from({ length: 12 }, (_, each) => ips.request(each % 2 ? tenant : other, null)),
    );
    const given = asked.flatMap((one) => (one.status === 'fulfilled' ? [one.value.address] : []));
    expect(new Set(given).size).toBe(given.length);
    const { rows } = await pools.list(operator, { limit: 10, offset: 0 });
    expect(rows[0]).toMatchObject({ size: 8, used: given.length, resting: 0 });
    expect(given.length).toBeGreaterThanOrEqual(6);
  });

  it('of another project are absent, and so are its containers', async () => {
    await pool('outside', '203.0.113.10', '203.0.113.12');
    const other = await plane.tenant();
    const ip = await ips.request(tenant, null);
    for (const call of [
      () => ips.get(other, ip.id),
      () => ips.release(other, ip.id),
      () => ips.unbind(other, ip.id),
      () => ips.bind(other, ip.id, { containerId: ip.id, ports: 'all' }),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: 'not-found' });
    }
    const [theirs] = await containersOf(await run('theirs', 1, other));
    await expect(ips.bind(tenant, ip.id, { containerId: theirs!.id, ports: 'all' })).rejects.toMatchObject({
      code: 'not-found',
    });
    expect(await told(other)).toEqual([]);
  });

  it('come free of a service that is terminated', async () => {
    await pool('outside', '203.0.113.10', '203.0.113.12');
    const ip = await ips.request(tenant, null);
    const serviceId = await run('web');
    const [container] = await containersOf(serviceId);
    await ips.bind(tenant, ip.id, { containerId: container!.id, ports: 'all' });
    await plane.services.terminate(tenant, serviceId);
    await plane.settle();
    expect(await ips.get(tenant, ip.id)).toMatchObject({ serviceId: null, container: null });
  });

  it('are refused beyond a quota, and pools that overlap or are held stay as they are', async () => {
    const made = await pool('outside', '203.0.113.10', '203.0.113.12');
    await expect(pool('again', '203.0.113.12', '203.0.113.20')).rejects.toMatchObject({ code: 'conflict' });
    await expect(pool('outside', '192.0.2.1', '192.0.2.2')).rejects.toMatchObject({ code: 'conflict' });
    await expect(pool('backwards', '192.0.2.2', '192.0.2.1')).rejects.toMatchObject({ code: 'invalid' });
    await plane.work.platform((tx) => tx.quotas.setLimit(tenant.organizationId, tenant.projectId, 'publicIps', 1));
    const ip = await ips.request(tenant, null);
    await expect(ips.request(tenant, null)).rejects.toMatchObject({ code: 'quota' });
    await expect(pools.delete(operator, made.id)).rejects.toMatchObject({ code: 'state' });
    await ips.release(tenant, ip.id);
    await pools.delete(operator, made.id);
    await expect(ips.request(tenant, 'outside')).rejects.toMatchObject({ code: 'not-found' });
    expect(nodes).toHaveLength(2);
  });
});
