import type { ContainerReport } from '#libs/core/agent/agent-directory.port.js';
import { ProjectNetworks } from '#libs/core/network/project-networks.js';
import type { ContainerRecord } from '#libs/core/container/container.repository.port.js';
import { networkPool } from '#libs/domain/network/network-pool.js';
import { newId } from '#libs/platform/id.js';
import { PostgresAgentDirectory } from '#libs/store/agent/postgres.agent-directory.js';
import type { PostgresTransaction } from '#libs/store/connection/postgres.transaction.js';
import { PostgresProjectChanges } from '#libs/store/event/postgres.project-changes.js';
import { PostgresNetworkDirectory } from '#libs/store/network/postgres.network-directory.js';
import { aContainer, aNode, aService, aStack, aTenant, type Tenant } from './records.js';
import { openStore, type TestStore } from './store.js';

const networks = new ProjectNetworks(networkPool('10.64.0.0/10', 22));
const hello = {
  ...{
    agentVersion: '1',
    engineKind: 'podman',
    engineVersion: '4',
    labels: {},
    address: '192.0.2.1',
    roles: [] as string[],
  },
  ...{
    capacity: { milliCpu: 4000, memoryBytes: 2 ** 33, diskBytes: 0, maxContainers: 100 },
    overlay: true,
    underlayAddress: '',
  },
};

let store: TestStore;
let tenant: Tenant;
let directory: PostgresNetworkDirectory;
let changes: PostgresProjectChanges;
let agents: PostgresAgentDirectory;
beforeAll(async () => {
  store = await openStore();
  directory = new PostgresNetworkDirectory(store.work);
  changes = new PostgresProjectChanges(store.work);
  agents = new PostgresAgentDirectory(store.work);
});
beforeEach(async () => {
  tenant = await aTenant(store);
});
afterAll(() => store.close());

const overlayNode = async (given: Partial<typeof hello> = {}) => {
  const id = await aNode(store);
  await store.sql(`UPDATE node SET certificate_serial = 'S' WHERE id = $1`, [id]);
  const { epoch } = await agents.openSession(id, 'S', 'g', { ...hello, ...given });
  return { id, epoch };
};
/** A container on a node, with an address, in the given state. */
const placed = async (nodeId: string, given: Partial<ContainerRecord> = {}, state = 'running') => {
  const container = aContainer(tenant, given);
  await store.work.platform(async (tx) => {
    const wish = { containerId: container.id, serviceId: container.serviceId, ordinal: container.ordinal };
    container.privateAddress = (await networks.lease(tx, tenant, [wish])).get(container.id) ?? null;
    await tx.containers.insert([container]);
    await tx.containers.place([{ id: container.id, nodeId, hostPorts: [] }]);
  });
  await store.sql('UPDATE container SET state = $2, incarnation = 1 WHERE id = $1', [container.id, state]);
  return container;
};
const serviceOf = async (given: Parameters<typeof aService>[1] = {}) => {
  const service = aService(tenant, given);
  await store.work.tenant(tenant, (tx) => tx.services.insert(service));
  return service;
};
const view = async () => {
  const [found] = await directory.views([tenant.projectId]);
  if (!found) throw new Error('The project has no network.');
  return found;
};

describe('a project’s network as its nodes see it', () => {
  it('names every container with an address, what names it may mean, and where it is', async () => {
    const [a, b] = [await overlayNode({ underlayAddress: '198.51.100.1' }), await overlayNode()];
    const stack = aStack(tenant, { name: 'shop' });
    await store.work.tenant(tenant, (tx) => tx.stacks.insert(stack));
    const db = await serviceOf({ name: 'db', stackId: stack.id });
    const web = await serviceOf({ name: 'web' });
    await store.sql(`UPDATE service SET spec = jsonb_set(spec, '{links}', $2) WHERE id = $1`, [
      web.id,
      JSON.stringify([{ alias: 'data', serviceId: db.id }]),
    ]);
    const one = await placed(a.id, { serviceId: web.id, name: 'web-1' });
    const two = await placed(b.id, { serviceId: web.id, name: 'web-2', ordinal: 2 }, 'starting');
    const alone = await placed(b.id, { name: 'tool' });
    const found = await view();
    expect(found).toMatchObject({
      ...tenant,
      range: expect.stringMatching(/^10\.\d+\.\d+\.0\/22$/),
      vni: expect.any(Number),
    });
    expect(found.gateway).toBe(found.range.replace('.0/22', '.1'));
    const members = new Map(found.members.map((member) => [member.containerId, member]));
    expect(members.get(one.id)).toEqual({
      ...{ containerId: one.id, nodeId: a.id, address: one.privateAddress, answers: true, name: 'web-1', ordinal: 1 },
      ...{ serviceId: web.id, serviceName: 'web', stackName: null, links: [{ alias: 'data', serviceId: db.id }] },
    });
    expect(members.get(two.id)).toMatchObject({ nodeId: b.id, answers: false, ordinal: 2 });
    expect(members.get(alone.id)).toMatchObject({ name: 'tool', serviceId: null, serviceName: null, links: [] });
    expect(members.size).toBe(3);
    expect(found.idleServices).toEqual([{ serviceId: db.id, serviceName: 'db', stackName: 'shop' }]);
    expect(found.nodes.map((node) => [node.nodeId, node.underlayAddress]).sort()).toEqual(
      [
        [a.id, '198.51.100.1'],
        [b.id, '192.0.2.1'],
      ].sort(),
    );
  });

  it('gives every node that takes part an address of its own, once, from the end of the range', async () => {
    const nodes = [await overlayNode(), await overlayNode(), await overlayNode()];
    for (const node of nodes) await placed(node.id);
    const seen = await Promise.all(Array.from({ length: 6 }, view));
    const given = new Map(seen[0]?.nodes.map((node) => [node.nodeId, node.address]));
    expect(new Set(given.values()).size).toBe(3);
    for (const other of [...seen, await view()])
      expect(new Map(other.nodes.map((node) => [node.nodeId, node.address]))).toEqual(given);
    for (const address of given.values()) expect(address).toMatch(/\.3\.25[0-4]$|\.7\.25[0-4]$|\.\d+\.25[0-4]$/);
  });

  it.each([
    ['running', 'none', 'running', true],
    ['running', 'starting', 'running', true],
    ['running', 'healthy', 'running', true],
    ['running', 'unhealthy', 'running', false],
    ['running', 'none', 'removed', false],
    ['stopping', 'none', 'running', false],
    ['exited', 'none', 'running', false],
    ['pending', 'none', 'running', false],
  ])('names mean a container that is %s, %s and wanted %s: %s', async (state, health, desired, answers) => {
    const node = await overlayNode();
    const container = await placed(node.id, {}, state);
    await store.sql('UPDATE container SET health = $2, desired = $3 WHERE id = $1', [container.id, health, desired]);
    expect((await view()).members).toMatchObject([{ answers }]);
  });

  it('leaves out nodes without an overlay with what is on them, what is removed, and what was replaced', async () => {
    const [plain, lost, alive] = [await overlayNode({ overlay: false }), await overlayNode(), await overlayNode()];
    const service = await serviceOf();
    await placed(plain.id);
    const old = await placed(lost.id, { serviceId: service.id });
    await store.sql(`UPDATE container SET state = 'lost' WHERE id = $1`, [old.id]);
    // Nobody has its place yet: its node may come back with it.
    expect((await view()).nodes.map((node) => node.nodeId)).toEqual([lost.id]);
    const next = await placed(alive.id, { serviceId: service.id });
    expect(next.privateAddress).toBe(old.privateAddress);
    const found = await view();
    expect(found.members.map((member) => member.containerId)).toEqual([next.id]);
    expect(found.nodes.map((node) => node.nodeId)).toEqual([alive.id]);
    await store.sql(`UPDATE container SET state = 'removed', removed_at = now() WHERE id = $1`, [next.id]);
    expect(await view()).toMatchObject({ members: [], nodes: [] });
  });

  it('has edges take part as soon as the project has routes, none of another organization’s', async () => {
    const [runs, edge] = [await overlayNode(), await overlayNode({ roles: ['edge'] })];
    const foreign = await overlayNode({ roles: ['edge'] });
    const stranger = await aTenant(store);
    await store.sql('UPDATE node SET organization_id = $2 WHERE id = $1', [foreign.id, stranger.organizationId]);
    await placed(runs.id);
    const took = async () => (await view()).nodes.map((node) => node.nodeId);
    expect(await took()).toEqual([runs.id]);
    await store.sql(
      `INSERT INTO route (id, organization_id, project_id, kind, host, path, health_check) VALUES ($1, $2, $3, 'http', $4, '/', '{}')`,
      [newId(), tenant.organizationId, tenant.projectId, `${tenant.projectId}.example`],
    );
    expect((await took()).sort()).toEqual([runs.id, edge.id].sort());
    expect(await directory.projectsOf([edge.id])).toContain(tenant.projectId);
    await store.sql('DELETE FROM route WHERE project_id = $1', [tenant.projectId]);
  });

  it('is looked for by the nodes that have containers', async () => {
    const [a, b] = [await overlayNode(), await overlayNode()];
    await placed(a.id);
    expect(await directory.projectsOf([a.id])).toEqual([tenant.projectId]);
    expect(await directory.projectsOf([b.id])).toEqual([]);
    expect(await directory.views([newId()])).toEqual([]);
  });
});

describe('changes of projects', () => {
  const during = async (work: () => Promise<unknown>) => {
    const { cursor } = await changes.since(null);
    await work();
    return (await changes.since(cursor)).projectIds;
  };
  const report = (container: ContainerRecord, epoch: number, given: Partial<ContainerReport['observed']>) => ({
    sequence: Date.now(),
    containerId: container.id,
    generation: 1,
    observed: { ...container.observed, incarnation: 1, state: 'running' as const, ...given },
    epoch,
  });

  it('are told of what is reported of containers, also when only their health changes', async () => {
    const node = await overlayNode();
    const container = await placed(node.id);
    const tell = (given: Partial<ContainerReport['observed']>) =>
      agents.report(node.id, node.epoch, [report(container, node.epoch, given)]);
    expect(await during(() => tell({ health: 'unhealthy' }))).toEqual([tenant.projectId]);
    expect(await during(() => tell({ health: 'unhealthy' }))).toEqual([]);
    expect(await during(() => tell({ state: 'exited', health: 'unhealthy' }))).toEqual([tenant.projectId]);
  });

  it('are told of when a node of theirs comes, or is reached another way', async () => {
    const node = await overlayNode();
    await placed(node.id);
    const open = (underlayAddress: string) => agents.openSession(node.id, 'S', 'g', { ...hello, underlayAddress });
    expect(await during(() => open('198.51.100.9'))).toEqual([tenant.projectId]);
    expect(await during(() => open('198.51.100.9'))).toEqual([]);
  });

  it('are not stepped over when an older transaction commits late, and told once', async () => {
    const event = {
      ...{
        organizationId: tenant.organizationId,
        projectId: tenant.projectId,
        type: 'network' as const,
        verb: 'update' as const,
      },
      ...{ resourceId: tenant.projectId, state: 'changed', parents: [] },
    };
    const { cursor } = await changes.since(null);
    let commit: () => void = () => undefined;
    let began: () => void = () => undefined;
    const open = new Promise<void>((resolve) => (began = resolve));
    const late = store.work.platform(async (tx) => {
      await (tx as PostgresTransaction).sql.vary('SELECT pg_current_xact_id()');
      began();
      await new Promise<void>((resolve) => (commit = resolve));
      await tx.events.append([event]);
    });
    await open;
    const other = await aTenant(store);
    await store.work.platform((tx) => tx.events.append([{ ...event, ...other, resourceId: other.projectId }]));
    const before = await changes.since(cursor);
    expect(before.projectIds).toEqual([]);
    commit();
    await late;
    const after = await changes.since(before.cursor);
    expect(after.projectIds.sort()).toEqual([tenant.projectId, other.projectId].sort());
    expect((await changes.since(after.cursor)).projectIds).toEqual([]);
  });
});

describe('a node that is behind with its networks', () => {
  const candidate = async (id: string) =>
    (await store.work.platformRead((tx) => tx.nodes.candidates(tenant.organizationId, null))).find(
      (one) => one.id === id,
    );
  const keys = () => store.work.platform((tx) => tx.reconcile.claimOutbox(1000));

  it('takes no containers until it has caught up, and then what waits is looked at', async () => {
    const node = await overlayNode();
    await keys();
    await directory.noteBehind(node.id, node.epoch, new Date(), ['No bridge.']);
    expect(await candidate(node.id)).toMatchObject({ networkBehind: true });
    expect(await keys()).toEqual([]);
    await directory.noteBehind(node.id, node.epoch, null, []);
    expect(await candidate(node.id)).toMatchObject({ networkBehind: false });
    expect(await keys()).toEqual([`node:${node.id}`]);
  });

  it('stays so over a new session until that confirms, unless it has no overlay any more', async () => {
    const node = await overlayNode();
    await directory.noteBehind(node.id, node.epoch, new Date(), []);
    const { epoch } = await agents.openSession(node.id, 'S', 'g', hello);
    await directory.noteBehind(node.id, node.epoch, null, []);
    expect(await candidate(node.id)).toMatchObject({ networkBehind: true });
    await agents.openSession(node.id, 'S', 'g', { ...hello, overlay: false });
    expect(await candidate(node.id)).toMatchObject({ networkBehind: false });
    expect(epoch).toBeGreaterThan(node.epoch);
  });
});

describe('self-tests between nodes', () => {
  it('are kept as they were last, of current sessions', async () => {
    const [a, b, c] = [await overlayNode(), await overlayNode(), await overlayNode()];
    const kept = () =>
      store.sql(`SELECT peer_id, reachable, round_trip_ms FROM network_probe WHERE node_id = $1 ORDER BY reachable`, [
        a.id,
      ]);
    await directory.noteProbes(a.id, a.epoch, [
      { peerId: b.id, reachable: true, roundTripMs: 0.5 },
      { peerId: c.id, reachable: false, roundTripMs: null },
      { peerId: newId(), reachable: true, roundTripMs: 1 },
    ]);
    expect(await kept()).toEqual([
      { peer_id: c.id, reachable: false, round_trip_ms: null },
      { peer_id: b.id, reachable: true, round_trip_ms: 0.5 },
    ]);
    await directory.noteProbes(a.id, a.epoch, [{ peerId: c.id, reachable: true, roundTripMs: 2 }]);
    await directory.noteProbes(a.id, a.epoch - 1, []);
    expect(await kept()).toEqual([{ peer_id: c.id, reachable: true, round_trip_ms: 2 }]);
  });
});
