import { NetworkQueries } from '#libs/core/network/network.queries.js';
import { NodeMonitor } from '#libs/core/reconcile/node.monitor.js';
import { HostAccessPolicy } from '#libs/core/policy/host-access.policy.js';
import { StandaloneContainerCommands } from '#libs/core/container/standalone.commands.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { contains, parseAddress, parseCidr } from '#libs/domain/network/cidr.js';
import {
  memberAnswer,
  networkAnswer,
  poolAnswer,
  toMember,
  toNetwork,
  toPool,
} from '#libs/dialects/native/network/network.wire.js';
import { containerCapacity, networkPool } from '#libs/domain/network/network-pool.js';
import { PostgresNetworkDirectory } from '#libs/store/network/postgres.network-directory.js';
import { createLog } from '#libs/platform/log.js';
import { Plane, type SimulatedNode } from './plane.js';

const template = { image: 'localhost/pierhead/sample:latest' };
const timers = { suspectAfterMs: 2_000, unreachableAfterMs: 3_000, lostAfterMs: 5_000 };

describe('addresses of a project’s containers', () => {
  let plane: Plane;
  let tenant: RequestContext;
  let nodes: SimulatedNode[];

  beforeEach(async () => {
    plane = await Plane.create();
    tenant = await plane.tenant();
    nodes = [await plane.node(), await plane.node(), await plane.node()];
  });
  afterEach(() => plane.close());

  const run = async (name: string, given: Record<string, unknown> = {}, of = tenant) => {
    const { service } = await plane.services.create(of, { name, template, ...given });
    await plane.services.start(of, service.id);
    await plane.settle();
    return service.id;
  };
  /** What the nodes were told, by container name. */
  const held = () =>
    new Map(
      nodes.flatMap((node) =>
        [...node.held.values()].map(({ assignment }) => [assignment.name.slice(0, -9), assignment.privateAddress]),
      ),
    );
  const leases = async () =>
    plane.owner.query<{ address: string; ordinal: number | null; container_id: string | null }[]>(
      `SELECT host(address) AS address, ordinal, container_id FROM network_lease l ORDER BY l.address`,
    );
  const rangeOf = async (of: RequestContext) =>
    (await plane.owner.query<{ range: string }[]>(`SELECT range FROM network WHERE project_id = $1`, [of.projectId]))[0]
      ?.range;

  it('lie in the project’s range, which is no other’s, each given once', async () => {
    const other = await plane.tenant();
    await run('web', { replicas: 4 });
    await run('db', { replicas: 2 });
    await run('web', { replicas: 2 }, other);
    const addresses = (await leases()).map((lease) => lease.address);
    expect(new Set(addresses).size).toBe(8);
    const ranges = [await rangeOf(tenant), await rangeOf(other)];
    expect(ranges).toEqual(['10.64.0.0/22', '10.64.4.0/22']);
    const inside = (range: string | undefined) =>
      addresses.filter((address) => contains(parseCidr(range ?? ''), parseAddress(address) ?? -1)).length;
    expect(ranges.map(inside)).toEqual([6, 2]);
    expect([...held().values()].every((address) => address !== null && addresses.includes(address))).toBe(true);
  });

  it.each([
    ['one after the other', { kind: 'rolling', order: 'stop-first' }],
    ['all at once', { kind: 'recreate' }],
  ])('stay over a redeploy, %s', async (_how, rollout) => {
    const id = await run('web', { replicas: 3, rollout: { ...rollout, monitorMs: 0 } });
    const before = held();
    expect(before.size).toBe(3);
    await plane.services.redeploy(tenant, id);
    await plane.settle();
    expect(held()).toEqual(before);
    expect(await leases()).toHaveLength(3);
  });

  it('are lent twice while a new container starts beside the old one, and the spare one goes back', async () => {
    const id = await run('web', { replicas: 2, rollout: { order: 'start-first', monitorMs: 0 } });
    const before = held();
    let most = 0;
    for (const node of nodes) {
      const { behave } = node;
      node.behave = (assignment) => ((most = Math.max(most, node.held.size)), behave(assignment));
    }
    await plane.services.redeploy(tenant, id);
    await plane.settle();
    const after = await leases();
    expect(after).toHaveLength(2);
    expect(new Set(held().values())).toEqual(new Set(after.map((lease) => lease.address)));
    expect([...held().values()].sort()).not.toEqual([...before.values()].sort());
  });

  it('move to another node with their slot when a node is lost, at once', async () => {
    await run('web', { replicas: 3 });
    const before = held();
    const monitor = new NodeMonitor(plane.work, plane.clock, timers, createLog('test', 'silent'));
    await monitor.look();
    const [dead, ...alive] = nodes as [SimulatedNode, ...SimulatedNode[]];
    dead.silent = true;
    plane.clock.advance(6_000);
    await plane.owner.query(
      `UPDATE node SET last_seen_at = last_seen_at + interval '6 seconds' WHERE id = ANY($1::uuid[])`,
      [alive.map((node) => node.id)],
    );
    await monitor.look();
    await plane.settle();
    nodes = alive;
    expect(held()).toEqual(before);
    dead.silent = false;
    await dead.join();
    await plane.settle();
    expect(dead.held.size).toBe(0);
    expect(held()).toEqual(before);
    expect(await leases()).toHaveLength(3);
  });

  it('go back when a service shrinks, when one container is taken out, and when it ends', async () => {
    const id = await run('web', { replicas: 4 });
    await plane.services.update(tenant, id, (spec) => ({ ...spec, links: [], replicas: 3 }));
    await plane.settle();
    expect((await leases()).map((lease) => lease.ordinal).sort()).toEqual([1, 2, 3]);
    const second = (await plane.serviceQueries.get(tenant, id)).containers.find((one) => one.name === 'web-2');
    await plane.containers.terminate(tenant, second?.id ?? '');
    await plane.settle();
    expect((await leases()).map((lease) => lease.ordinal).sort()).toEqual([1, 3]);
    await plane.services.stop(tenant, id);
    await plane.settle();
    expect(await leases()).toHaveLength(2);
    await plane.services.terminate(tenant, id);
    await plane.settle();
    expect(await leases()).toEqual([]);
  });

  it('are not given to containers in the node’s network or in none', async () => {
    const { service } = await plane.services.create(tenant, {
      name: 'alone',
      template: { ...template, networkMode: 'none' },
    });
    await plane.services.start(tenant, service.id);
    await plane.settle();
    expect([...held().values()]).toEqual([null]);
    expect(await leases()).toEqual([]);
  });

  it('are given to standalone containers and go back with them', async () => {
    const standalone = new StandaloneContainerCommands(plane.work, plane.clock, new HostAccessPolicy(false));
    const { container } = await standalone.create(tenant, { name: 'one', template });
    await plane.settle();
    const [lease] = await leases();
    expect(lease).toMatchObject({ container_id: container.id, ordinal: null });
    expect(held().get('one')).toBe(lease?.address);
    await plane.containers.terminate(tenant, container.id);
    await plane.settle();
    expect(await leases()).toEqual([]);
  });

  it('are not needed on nodes that are behind with their networks: those take nothing until they have caught up', async () => {
    await plane.owner.query(`UPDATE node SET overlay = true, network_behind_since = now()`);
    const { service } = await plane.services.create(tenant, { name: 'web', template });
    await plane.services.start(tenant, service.id);
    await plane.settle();
    expect((await plane.serviceQueries.get(tenant, service.id)).stateMessage).toBe(
      '3 nodes are behind with their private networks.',
    );
    await new PostgresNetworkDirectory(plane.work).noteBehind(nodes[1]?.id ?? '', nodes[1]?.epoch ?? 0, null, []);
    await plane.settle();
    expect(nodes.map((node) => node.held.size)).toEqual([0, 1, 0]);
  });

  it('of slots that were scaled away while empty are swept', async () => {
    const id = await run('web', { replicas: 1 });
    const [lease] = await leases();
    await plane.owner.query(
      `INSERT INTO network_lease (project_id, organization_id, address, service_id, ordinal, container_id)
       SELECT project_id, organization_id, address + 1, service_id, 2, gen_random_uuid() FROM network_lease WHERE service_id = $1`,
      [id],
    );
    await plane.work.platform((tx) => tx.reconcile.prune(new Date(0)));
    expect(await leases()).toEqual([lease]);
  });
});

describe('what is shown of networks', () => {
  const pool = networkPool('10.64.0.0/20', 22);
  let plane: Plane;
  let tenant: RequestContext;
  let queries: NetworkQueries;
  beforeEach(async () => {
    plane = await Plane.create(pool);
    tenant = await plane.tenant();
    queries = new NetworkQueries(plane.work, pool);
  });
  afterEach(() => plane.close());
  const page = { limit: 10, offset: 0 };
  const operator = (context: RequestContext): RequestContext => ({ ...context, roles: ['operator'] });

  it('to a project: nothing before its first container, then its range, who has what, and its nodes', async () => {
    expect(networkAnswer.parse(toNetwork(await queries.ofProject(tenant)))).toEqual({
      ...{ range: null, gateway: null, vni: null, nodes: [] },
      addresses: { capacity: 0, used: 0, free: 0 },
    });
    expect(await queries.members(tenant, page)).toEqual({ rows: [], total: 0 });
    await plane.node();
    const { service } = await plane.services.create(tenant, { name: 'web', template, replicas: 2 });
    await plane.services.start(tenant, service.id);
    await plane.settle();
    const shown = networkAnswer.parse(toNetwork(await queries.ofProject(tenant)));
    expect(shown).toMatchObject({
      ...{ range: '10.64.0.0/22', gateway: '10.64.0.1', vni: 1 },
      addresses: { capacity: 957, used: 2, free: 955 },
    });
    expect(shown.nodes).toMatchObject([{ name: 'node-1', overlay: false, upToDate: true, behindSince: null }]);
  });

  it('to a project: its members in the order of their addresses, in pages', async () => {
    const nodes = [await plane.node(), await plane.node()];
    const { service } = await plane.services.create(tenant, { name: 'web', template, replicas: 3 });
    await plane.services.start(tenant, service.id);
    await plane.settle();
    await plane.owner.query(`UPDATE node SET overlay = true, network_behind_since = now() WHERE id = $1`, [
      nodes[0]?.id,
    ]);
    const { nodes: seen } = networkAnswer.parse(toNetwork(await queries.ofProject(tenant)));
    expect(seen.map((one) => [one.name, one.overlay, one.upToDate])).toEqual([
      ['node-1', true, false],
      ['node-2', false, true],
    ]);
    const all = (await queries.members(tenant, page)).rows.map((row) => memberAnswer.parse(toMember(row)));
    expect(all.map((one) => one.container?.name).sort()).toEqual(['web-1', 'web-2', 'web-3']);
    expect(all[0]).toMatchObject({
      address: expect.stringMatching(/^10\.64\./),
      names: { local: [], anywhere: ['web', `web-${all[0]?.service?.ordinal}`] },
      service: { id: service.id, name: 'web' },
      container: { state: 'running', health: 'none' },
      node: { name: expect.stringMatching(/^node-/) },
    });
    const second = await queries.members(tenant, { limit: 1, offset: 1 });
    expect([second.rows.map((row) => row.address), second.total]).toEqual([[all[1]?.address], 3]);
    expect(await queries.members(tenant, { limit: 1, offset: 7 })).toEqual({ rows: [], total: 3 });
    expect(await queries.members(await plane.tenant(), page)).toEqual({ rows: [], total: 0 });
  });

  it('to the operator: what the pool has left, and to nobody else', async () => {
    await plane.node();
    for (const one of [tenant, await plane.tenant()]) {
      const { service } = await plane.services.create(one, { name: 'web', template });
      await plane.services.start(one, service.id);
    }
    await plane.settle();
    const shown = poolAnswer.parse(toPool(await queries.ofPool(operator(tenant), page), page));
    expect(shown).toMatchObject({ pool: '10.64.0.0/20', prefix: 22, capacity: 4, free: 2, networks: { total: 2 } });
    expect(shown.networks.items.map((one) => [one.range, one.addresses])).toEqual([
      ['10.64.0.0/22', 1],
      ['10.64.4.0/22', 1],
    ]);
    expect(() => queries.ofPool(tenant, page)).toThrow('not read network pool');
  });
});

describe('a network that is full', () => {
  let plane: Plane;
  afterEach(() => plane.close());

  it('of addresses: what has one goes on, the rest waits with a sentence until one is free', async () => {
    plane = await Plane.create(networkPool('10.99.0.0/24', 28));
    const tenant = await plane.tenant();
    const node = await plane.node();
    const room = containerCapacity({ base: 0, prefix: 28 });
    expect(room).toBe(12);
    const start = async (name: string, replicas: number) => {
      const rollout = { parallelism: 0, monitorMs: 0 };
      const { service } = await plane.services.create(tenant, { name, template, replicas, rollout });
      await plane.services.start(tenant, service.id);
      await plane.settle();
      return service.id;
    };
    const told = (name: string) =>
      [...node.held.values()]
        .filter(({ assignment }) => assignment.serviceName === name)
        .map(({ assignment }) => assignment.privateAddress)
        .sort();
    const web = await start('web', room - 2);
    const more = await start('more', 4);
    expect([told('web').length, told('more').length]).toEqual([room - 2, 2]);
    const waiting = await plane.serviceQueries.get(tenant, more);
    expect(waiting.stateMessage).toBe(
      `All 12 addresses of the project's private network 10.99.0.0/28 are taken; ` +
        `remove containers that are no longer needed, or use another project.`,
    );
    // A redeploy of what runs needs no further address.
    const before = told('web');
    await plane.services.redeploy(tenant, web);
    await plane.settle();
    expect(told('web')).toEqual(before);
    await plane.services.update(tenant, web, (spec) => ({ ...spec, links: [], replicas: room - 4 }));
    await plane.settle();
    plane.clock.advance(60_000);
    await plane.settle();
    expect([told('web').length, told('more').length]).toEqual([room - 4, 4]);
    expect(new Set([...told('web'), ...told('more')]).size).toBe(room);
  });

  it('of networks: the project without one is told so, and gets one when another is removed', async () => {
    plane = await Plane.create(networkPool('10.99.0.0/27', 28));
    const node = await plane.node();
    const tenants = [await plane.tenant(), await plane.tenant(), await plane.tenant()] as const;
    const ids: string[] = [];
    for (const tenant of tenants) {
      const { service } = await plane.services.create(tenant, { name: 'web', template });
      await plane.services.start(tenant, service.id);
      await plane.settle();
      ids.push(service.id);
    }
    expect(node.held.size).toBe(2);
    const third = () => plane.serviceQueries.get(tenants[2], ids[2] ?? '');
    expect(await third()).toMatchObject({
      stateMessage: expect.stringContaining('All 2 private networks of the pool 10.99.0.0/27 are taken'),
    });
    const standalone = new StandaloneContainerCommands(plane.work, plane.clock, new HostAccessPolicy(false));
    const { action } = await standalone.create(tenants[2], { name: 'one', template });
    await plane.settle();
    expect(await plane.actions.get(tenants[2], action.id)).toMatchObject({
      state: 'failed',
      message: expect.stringContaining('All 2 private networks of the pool'),
    });
    await plane.owner.query(`DELETE FROM network WHERE project_id = $1`, [tenants[0].projectId]);
    plane.clock.advance(60_000);
    await plane.settle();
    expect(await third()).toMatchObject({ state: 'running', stateMessage: null });
  });
});
