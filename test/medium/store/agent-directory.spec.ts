import type { AgentHello, ContainerReport } from '#libs/core/agent/agent-directory.port.js';
import type { ContainerRecord } from '#libs/core/container/container.repository.port.js';
import { newId } from '#libs/platform/id.js';
import { PostgresAgentDirectory } from '#libs/store/agent/postgres.agent-directory.js';
import { aContainer, aNode, aService, aSpec, aTenant, unique, type Tenant } from './records.js';
import { openStore, type TestStore } from './store.js';

let store: TestStore;
let directory: PostgresAgentDirectory;
let tenant: Tenant;
let node: string;
beforeAll(async () => {
  store = await openStore();
  directory = new PostgresAgentDirectory(store.work);
});
beforeEach(async () => {
  tenant = await aTenant(store);
  node = await aNode(store);
  await store.sql(`UPDATE node SET certificate_serial = 'serial', state = 'joining' WHERE id = $1`, [node]);
});
afterAll(() => store.close());

const hello: AgentHello = {
  agentVersion: '1',
  engineKind: 'podman',
  engineVersion: '4.3.1',
  capacity: { milliCpu: 2_000, memoryBytes: 2 ** 33, diskBytes: 2 ** 40, maxContainers: 50 },
  labels: { zone: 'a' },
  address: '10.0.0.1',
  roles: ['edge'],
  overlay: true,
  underlayAddress: '10.0.0.2',
};
const open = (gateway = 'gateway') => directory.openSession(node, 'serial', gateway, hello);
const placed = async (given: Partial<ContainerRecord> = {}): Promise<ContainerRecord> => {
  const container = aContainer(tenant, { template: aSpec('x').template, restart: aSpec('x').restart, ...given });
  await store.work.platform(async (tx) => {
    await tx.containers.insert([container]);
    await tx.containers.place([{ id: container.id, nodeId: node, hostPorts: [{ hostPort: 80, protocol: 'tcp' }] }]);
  });
  return container;
};
const report = (
  containerId: string,
  sequence: number,
  observed: Partial<ContainerReport['observed']>,
  generation = 1,
): ContainerReport => ({
  sequence,
  containerId,
  generation,
  observed: {
    state: 'running',
    incarnation: 1,
    health: 'none',
    engineId: null,
    exitCode: null,
    message: null,
    imageDigest: null,
    address: null,
    ports: [],
    startedAt: null,
    finishedAt: null,
    ...observed,
  },
});
const observedOf = async (id: string) =>
  (await store.work.platformRead((tx) => tx.containers.get(tenant.projectId, id)))?.observed;
const keys = async () => (await store.sql<{ key: string }>('DELETE FROM outbox RETURNING key')).map((row) => row.key);

describe('sessions', () => {
  it('note what the agent says and make the node ready', async () => {
    await keys();
    expect(await open()).toEqual({ epoch: 1 });
    const read = await store.work.platformRead((tx) => tx.nodes.get(node));
    expect(read).toMatchObject({
      state: 'ready',
      engineKind: 'podman',
      memoryBytes: 2 ** 33,
      labels: { zone: 'a' },
      address: '10.0.0.1',
    });
    expect(await keys()).toEqual([`node:${node}`]);
    expect(await open()).toEqual({ epoch: 2 });
    expect(await keys()).toEqual([]);
  });

  it.each([
    ['another certificate', `UPDATE node SET certificate_serial = 'newer' WHERE id = $1`],
    ['a revoked node', 'UPDATE node SET revoked_at = now() WHERE id = $1'],
    ['a removed node', 'UPDATE node SET removed_at = now() WHERE id = $1'],
  ])('are refused to %s', async (_, change) => {
    await store.sql(change, [node]);
    await expect(open()).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('are kept by touching them until they are superseded or the node is revoked', async () => {
    const first = await open();
    expect(await directory.touch([{ nodeId: node, ...first }])).toEqual([]);
    const second = await open();
    const told = await directory.touch([{ nodeId: node, ...first }]);
    expect(told).toEqual([{ nodeId: node, reason: 'A newer session of this node exists.' }]);
    await store.sql('UPDATE node SET revoked_at = now() WHERE id = $1', [node]);
    expect(await directory.touch([{ nodeId: node, ...second }])).toEqual([
      { nodeId: node, reason: 'The node was revoked.' },
    ]);
    const unknown = newId();
    expect(await directory.touch([{ nodeId: unknown, epoch: 1 }])).toEqual([
      { nodeId: unknown, reason: 'The node was removed.' },
    ]);
    expect(await directory.touch([])).toEqual([]);
  });

  it('bring a silent node back', async () => {
    const session = await open();
    await keys();
    await store.sql(`UPDATE node SET state = 'unreachable' WHERE id = $1`, [node]);
    await directory.touch([{ nodeId: node, ...session }]);
    expect(await store.work.platformRead((tx) => tx.nodes.get(node))).toMatchObject({ state: 'ready' });
    expect(await keys()).toEqual([`node:${node}`]);
  });

  it('lead to the gateway that holds them', async () => {
    const gateway = unique('gateway');
    expect(await directory.gatewayOf(node)).toBeNull();
    const first = await open(gateway);
    expect(await directory.gatewayOf(node)).toBeNull();
    await directory.announceGateway(gateway, '127.0.0.1:1');
    await directory.announceGateway(gateway, '127.0.0.1:2');
    expect(await directory.gatewayOf(node)).toEqual({ gatewayId: gateway, address: '127.0.0.1:2' });
    const second = await open(gateway);
    await directory.closeSession(node, first.epoch);
    expect(await directory.gatewayOf(node)).not.toBeNull();
    await directory.closeSession(node, second.epoch);
    expect(await directory.gatewayOf(node)).toBeNull();
    await open(gateway);
    await store.sql(`UPDATE gateway SET last_seen_at = now() - interval '1 minute' WHERE id = $1`, [gateway]);
    expect(await directory.gatewayOf(node)).toBeNull();
  });
});

describe('assignments', () => {
  it('are the full set first and then what changed', async () => {
    expect(await directory.allAssignments(node)).toEqual({ generation: 0, assignments: [] });
    const container = await placed({ environment: [{ name: 'ID', value: '1' }] });
    const all = await directory.allAssignments(node);
    expect(all.generation).toBe(1);
    expect(all.assignments).toEqual([
      {
        containerId: container.id,
        generation: 1,
        desired: 'running',
        name: `${container.name}-${container.id.slice(0, 8)}`,
        ...tenant,
        serviceId: null,
        serviceName: null,
        ordinal: 1,
        template: container.template,
        restart: container.restart,
        platformEnvironment: [{ name: 'ID', value: '1' }],
        credentials: null,
        restartNonce: 0,
        privateAddress: null,
        volumes: [],
        volumeSet: null,
        volumesFrom: [],
      },
    ]);
    expect(await directory.assignmentsSince(node, 1)).toBeNull();
    await store.work.tenant(tenant, (tx) => tx.containers.desire([{ id: container.id, desired: 'removed' }]));
    const changed = await directory.assignmentsSince(node, 1);
    expect(changed).toMatchObject({
      generation: 2,
      assignments: [{ containerId: container.id, generation: 2, desired: 'removed', template: null }],
    });
  });

  it('are all told, each once, to a node that asks while others give it more', async () => {
    const containers = Array.from({ length: 40 }, () => aContainer(tenant, { template: aSpec('x').template }));
    await store.work.platform((tx) => tx.containers.insert(containers));
    let open = true;
    const give = async () => {
      for (let one = containers.pop(); one; one = containers.pop()) {
        const { id } = one;
        await store.work.platform((tx) => tx.containers.place([{ id, nodeId: node, hostPorts: [] }]));
      }
    };
    const ids = containers.map(({ id }) => id);
    let { generation } = await directory.allAssignments(node);
    const given = Promise.all([give(), give(), give()]).then(() => (open = false));
    const told: string[] = [];
    for (let last = false; !last;) {
      last = !open;
      const batch = await directory.assignmentsSince(node, generation);
      if (!batch) continue;
      expect(batch.assignments).toHaveLength(batch.generation - generation);
      generation = batch.generation;
      told.push(...batch.assignments.map(({ containerId }) => containerId));
    }
    await given;
    expect(generation).toBe(40);
    expect(told.sort()).toEqual(ids.sort());
  });

  it('carry the definition of the container’s revision, and volumes under the project’s own names', async () => {
    const spec = aSpec('web', {
      template: { image: 'busybox', mounts: [{ kind: 'volume', volume: 'data', target: '/data' }] },
    });
    const service = aService(tenant, { name: 'web', spec: aSpec('web') });
    await store.work.tenant(tenant, async (tx) => {
      await tx.services.insert(service);
      await tx.services.insertRevision(service.id, tenant.organizationId, 1, spec);
    });
    await placed({ serviceId: service.id, revision: 1, template: null, restart: null });
    const [assignment] = (await directory.allAssignments(node)).assignments;
    expect(assignment).toMatchObject({ serviceId: service.id, serviceName: 'web', restart: spec.restart });
    expect(assignment?.template?.mounts).toEqual([expect.objectContaining({ volume: 'data', target: '/data' })]);
  });

  it('are noted as applied, forward only and by the present session only', async () => {
    await placed();
    const { epoch } = await open();
    const applied = async () => (await store.work.platformRead((tx) => tx.nodes.get(node)))?.appliedGeneration;
    await directory.applied(node, epoch, 1);
    await directory.applied(node, epoch, 0);
    await directory.applied(node, epoch - 1, 5);
    expect(await applied()).toBe(1);
  });
});

describe('reports', () => {
  it('move what is observed forward, and tell who depends on it', async () => {
    const service = aService(tenant);
    await store.work.tenant(tenant, (tx) => tx.services.insert(service));
    const container = await placed({ serviceId: service.id });
    const { epoch } = await open();
    await keys();
    const at = new Date();
    await directory.report(node, epoch, [
      report(container.id, 1, { state: 'starting' }),
      report(container.id, 2, {
        state: 'running',
        engineId: 'abc',
        address: '10.88.0.2',
        startedAt: at,
        ports: [{ containerPort: 80, protocol: 'tcp', hostAddress: '', hostPort: 80 }],
      }),
    ]);
    expect(await observedOf(container.id)).toMatchObject({
      state: 'running',
      incarnation: 1,
      engineId: 'abc',
      startedAt: at,
      ports: [{ hostPort: 80 }],
    });
    expect(await keys()).toEqual([`service:${service.id}`]);
    const [event] = await store.sql('SELECT type, verb, state, resource_id FROM event WHERE resource_id = $1', [
      container.id,
    ]);
    expect(event).toEqual({ type: 'container', verb: 'update', state: 'running', resource_id: container.id });
  });

  it('that are old, backward, foreign or unknown are dropped', async () => {
    const container = await placed();
    const elsewhere = aContainer(tenant);
    await store.work.tenant(tenant, (tx) => tx.containers.insert([elsewhere]));
    const { epoch } = await open();
    await directory.report(node, epoch, [report(container.id, 5, { state: 'exited', incarnation: 2, exitCode: 1 })]);
    const after = await observedOf(container.id);
    await directory.report(node, epoch, [report(container.id, 5, { state: 'removed', incarnation: 2 })]);
    await directory.report(node, epoch, [report(container.id, 4, { state: 'running', incarnation: 3 })]);
    await directory.report(node, epoch, [report(container.id, 6, { state: 'running', incarnation: 2 })]);
    await directory.report(node, epoch, [report(container.id, 7, { state: 'running', incarnation: 1 })]);
    await directory.report(node, epoch, [report(container.id, 8, { state: 'running', incarnation: 3 }, 0)]);
    await directory.report(node, epoch, [report(elsewhere.id, 9, {}), report(newId(), 10, {})]);
    expect(await observedOf(container.id)).toEqual(after);
    expect((await observedOf(elsewhere.id))?.state).toBe('pending');
    await directory.report(node, epoch, [report(container.id, 11, { state: 'running', incarnation: 3 })]);
    expect(await observedOf(container.id)).toMatchObject({ state: 'running', incarnation: 3 });
  });

  it('of a superseded session are stale, and a new one numbers from the start', async () => {
    const container = await placed();
    const first = await open();
    await directory.report(node, first.epoch, [report(container.id, 9, { state: 'starting' })]);
    const second = await open();
    await expect(directory.report(node, first.epoch, [report(container.id, 10, {})])).rejects.toMatchObject({
      code: 'stale',
    });
    await directory.report(node, second.epoch, [report(container.id, 1, { state: 'running' })]);
    expect(await observedOf(container.id)).toMatchObject({ state: 'running' });
  });

  it('of a removal end the container and free its ports', async () => {
    const container = await placed();
    const { epoch } = await open();
    await store.work.tenant(tenant, (tx) => tx.containers.desire([{ id: container.id, desired: 'removed' }]));
    await directory.report(node, epoch, [report(container.id, 1, { state: 'removed' }, 2)]);
    expect(await store.sql('SELECT FROM host_port WHERE container_id = $1', [container.id])).toEqual([]);
    const read = await store.work.platformRead((tx) => tx.containers.get(tenant.projectId, container.id));
    expect(read).toMatchObject({ removedAt: expect.any(Date) });
    expect((await directory.allAssignments(node)).assignments).toEqual([]);
  });
});
