import { AddressesExhausted, ProjectNetworks } from '#libs/core/network/project-networks.js';
import type { AddressWish } from '#libs/core/network/network.repository.port.js';
import { overlaps, parseCidr } from '#libs/domain/network/cidr.js';
import { containerCapacity, networkPool } from '#libs/domain/network/network-pool.js';
import { newId } from '#libs/platform/id.js';
import { aContainer, aNode, aService, aTenant, type Tenant } from './records.js';
import { openStore, type TestStore } from './store.js';

let store: TestStore;
beforeAll(async () => {
  store = await openStore({ poolSize: 12 });
});
afterEach(() => store.asOwner('DELETE FROM network'));
afterAll(() => store.close());

const wish = (serviceId: string | null = null, ordinal = 1): AddressWish => ({
  containerId: newId(),
  serviceId,
  ordinal,
});
const lease = (networks: ProjectNetworks, tenant: Tenant, ...wishes: AddressWish[]) =>
  store.work.platform((tx) => networks.lease(tx, tenant, wishes));
const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
const ranges = async () =>
  (await store.sql<{ range: string }>('SELECT range FROM network')).map((row) => parseCidr(row.range));

describe('private networks', () => {
  it('of projects that need their first one at the same moment never overlap', async () => {
    const networks = new ProjectNetworks(networkPool('10.64.0.0/16', 22));
    const tenants = await Promise.all(many(24, () => aTenant(store)));
    // Two at once for each project, which still gets one.
    await Promise.all([...tenants, ...tenants].map((tenant) => lease(networks, tenant, wish())));
    const given = await ranges();
    expect(given).toHaveLength(24);
    for (const [index, one] of given.entries())
      expect(given.slice(index + 1).filter((other) => overlaps(one, other))).toEqual([]);
    const numbers = await store.sql('SELECT vni FROM network');
    expect(new Set(numbers.map((row) => row.vni)).size).toBe(24);
  });

  it('of a pool that is too small for all are given to as many as it holds', async () => {
    const networks = new ProjectNetworks(networkPool('10.64.0.0/20', 22));
    const tenants = await Promise.all(many(9, () => aTenant(store)));
    const outcomes = await Promise.allSettled(tenants.map((tenant) => lease(networks, tenant, wish())));
    const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
    expect(refused).toHaveLength(5);
    for (const error of refused) expect(error).toBeInstanceOf(AddressesExhausted);
    expect(await ranges()).toHaveLength(4);
    expect(await store.sql('SELECT FROM network_lease')).toHaveLength(4);
  });

  it('cannot overlap even when somebody writes one by hand', async () => {
    const [one, other] = [await aTenant(store), await aTenant(store)];
    const insert = (tenant: Tenant, range: string, vni: number) =>
      store.work.platform((tx) => tx.networks.insert({ ...tenant, range, vni }));
    await insert(one, '10.64.0.0/22', 1);
    await expect(insert(other, '10.64.2.0/24', 2)).rejects.toMatchObject({ code: '23P01' });
    await expect(insert(other, '10.0.0.0/8', 2)).rejects.toMatchObject({ code: '23P01' });
    await expect(insert(other, '10.64.4.0/22', 1)).rejects.toMatchObject({ code: '23505' });
  });

  it('keep clear of ranges of an earlier pool', async () => {
    const [one, other] = [await aTenant(store), await aTenant(store)];
    await lease(new ProjectNetworks(networkPool('10.64.0.0/16', 24)), one, wish());
    await lease(new ProjectNetworks(networkPool('10.64.0.0/10', 22)), other, wish());
    expect(await store.work.platformRead((tx) => tx.networks.get(other.projectId))).toMatchObject({
      range: '10.64.4.0/22',
    });
  });

  it('are seen by their tenants and by nobody else’s', async () => {
    const [one, other] = [await aTenant(store), await aTenant(store)];
    await lease(new ProjectNetworks(networkPool('10.64.0.0/16', 24)), one, wish());
    const seen = (tenant: Tenant) => store.work.tenantRead(tenant, (tx) => tx.networks.get(one.projectId));
    expect(await seen(one)).toMatchObject({ range: '10.64.0.0/24' });
    expect(await seen(other)).toBeNull();
  });
});

describe('addresses', () => {
  const networks = new ProjectNetworks(networkPool('10.64.0.0/16', 22));

  it('are never given twice to containers placed at the same moment', async () => {
    const tenant = await aTenant(store);
    const services = many(30, () => aService(tenant));
    await store.work.tenant(tenant, async (tx) => {
      for (const service of services) await tx.services.insert(service);
    });
    const given = await Promise.all(
      services.map((service) => lease(networks, tenant, ...many(5, (index) => wish(service.id, index + 1)))),
    );
    const addresses = given.flatMap((one) => [...one.values()]);
    expect(addresses).toHaveLength(150);
    expect(new Set(addresses).size).toBe(150);
  });

  it('run out for nobody while one is free, whoever else looks for one', async () => {
    const small = new ProjectNetworks(networkPool('10.64.0.0/16', 26));
    const tenant = await aTenant(store);
    const room = containerCapacity({ base: 0, prefix: 26 });
    await lease(small, tenant, wish());
    const outcomes = await Promise.allSettled(many(room - 1, () => lease(small, tenant, wish())));
    const first = outcomes.filter((outcome) => outcome.status === 'fulfilled').length;
    // Whoever met others too often is told to try again, never that the network is full.
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'stale' });
    for (let left = room - 1 - first; left > 0; left -= 1) await lease(small, tenant, wish());
    await expect(lease(small, tenant, wish())).rejects.toBeInstanceOf(AddressesExhausted);
    const rows = await store.sql<{ address: string }>(
      'SELECT host(address) AS address FROM network_lease l ORDER BY l.address',
    );
    expect(rows.map((row) => row.address)).toEqual(many(room, (index) => `10.64.0.${index + 2}`));
  });

  it('of a slot are taken over from what ended or was lost, not from what lives', async () => {
    const tenant = await aTenant(store);
    const service = aService(tenant);
    const container = aContainer(tenant, { serviceId: service.id });
    const node = await aNode(store);
    await store.work.tenant(tenant, (tx) => tx.services.insert(service));
    await store.work.tenant(tenant, (tx) => tx.containers.insert([container]));
    await store.work.platform((tx) => tx.containers.place([{ id: container.id, nodeId: node, hostPorts: [] }]));
    const slot = () => wish(service.id, 1);
    const first = { containerId: container.id, serviceId: service.id, ordinal: 1 };
    const address = (await lease(networks, tenant, first)).get(container.id);
    const inState = async (state: string, nodeState = 'ready') => {
      await store.sql('UPDATE container SET state = $2 WHERE id = $1', [container.id, state]);
      await store.sql('UPDATE node SET state = $2 WHERE id = $1', [node, nodeState]);
      await store.sql('UPDATE network_lease SET container_id = $1 WHERE address = $2', [container.id, address]);
      const next = slot();
      return (await lease(networks, tenant, next)).get(next.containerId) === address;
    };
    for (const living of ['pending', 'pulling', 'starting', 'running', 'stopping'])
      expect(await inState(living)).toBe(false);
    await store.sql('DELETE FROM network_lease WHERE address <> $1', [address]);
    for (const over of ['exited', 'failed', 'removed', 'lost']) expect(await inState(over)).toBe(true);
    expect(await inState('running', 'lost')).toBe(true);
  });
});
