import type { ContainerRecord } from '#libs/core/container/container.repository.port.js';
import { newId } from '#libs/platform/id.js';
import { aContainer, aDeployment, anAction, aNode, aService, aSpec, aStack, aTenant, type Tenant } from './records.js';
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

const placed = async (nodeId: string, given: Partial<ContainerRecord> = {}): Promise<ContainerRecord> => {
  const container = aContainer(tenant, given);
  await store.work.platform(async (tx) => {
    await tx.containers.insert([container]);
    await tx.containers.place([{ id: container.id, nodeId, hostPorts: [] }]);
  });
  return container;
};
const ask = <T>(work: Parameters<typeof store.work.platform<T>>[0]) => store.work.platform(work);

describe('what reconcilers ask', () => {
  it('names everything on a node, each once', async () => {
    const node = await aNode(store);
    const service = aService(tenant);
    await ask((tx) => tx.services.insert(service));
    for (const ordinal of [1, 2]) await placed(node, { serviceId: service.id, ordinal });
    const lone = await placed(node);
    const keys = await ask((tx) => tx.reconcile.keysOnNode(node));
    expect(keys.sort()).toEqual([`container:${lone.id}`, `service:${service.id}`].sort());
    const nodes = await ask((tx) => tx.reconcile.nodesOfServices([service.id]));
    expect(nodes).toEqual(new Map([[service.id, { serviceName: service.name, nodeIds: [node] }]]));
  });

  it('finds nodes that carry more than they have', async () => {
    const [full, fitting] = [await aNode(store), await aNode(store)];
    for (const node of [full, fitting]) await store.sql('UPDATE node SET memory_bytes = 2048 WHERE id = $1', [node]);
    for (let at = 0; at < 3; at++) await placed(full);
    for (let at = 0; at < 2; at++) await placed(fitting);
    expect(await ask((tx) => tx.reconcile.overcommitted([full, fitting]))).toEqual([full]);
    await store.sql(`UPDATE container SET state = 'exited' WHERE node_id = $1`, [full]);
    expect(await ask((tx) => tx.reconcile.overcommitted([full]))).toEqual([]);
  });

  it('wakes services that a new node may help, of its organization or all', async () => {
    const other = await aTenant(store);
    const running = { intent: 'running', state: 'running' } as const;
    const [settled, everywhere, waiting, foreign] = [
      aService(tenant, running),
      aService(tenant, { ...running, spec: aSpec('x', { placement: { strategy: 'every-node' } }) }),
      aService(tenant, { intent: 'running', state: 'starting' }),
      aService(other, { intent: 'running', state: 'starting' }),
    ];
    const lone = aContainer(tenant);
    await ask(async (tx) => {
      for (const service of [settled, everywhere, waiting, foreign]) await tx.services.insert(service);
      await tx.containers.insert([lone]);
    });
    const woken = await ask((tx) => tx.reconcile.keysWaitingForNodes(tenant.organizationId));
    expect(woken.sort()).toEqual([`service:${everywhere.id}`, `service:${waiting.id}`, `container:${lone.id}`].sort());
    expect(await ask((tx) => tx.reconcile.keysWaitingForNodes(null))).toContain(`service:${foreign.id}`);
  });

  it('repeats whatever is not settled', async () => {
    const now = new Date();
    const [due, later, deploying] = [aService(tenant), aService(tenant), aService(tenant)];
    const stack = aStack(tenant, { state: 'starting' });
    const action = anAction(tenant);
    const lone = aContainer(tenant);
    await ask(async (tx) => {
      for (const service of [due, later, deploying]) await tx.services.insert(service);
      await tx.services.update({ ...due, lookAgainAt: now });
      await tx.services.update({ ...later, lookAgainAt: new Date(now.getTime() + 60_000) });
      await tx.deployments.insert(aDeployment(deploying));
      await tx.stacks.insert(stack);
      await tx.actions.insert(action);
      await tx.containers.insert([lone]);
    });
    const keys = await ask((tx) => tx.reconcile.unsettledKeys());
    for (const key of [`service:${deploying.id}`, `stack:${stack.id}`, `action:${action.id}`, `container:${lone.id}`]) {
      expect(keys).toContain(key);
    }
    expect(keys).not.toContain(`service:${later.id}`);
    expect(await ask((tx) => tx.reconcile.dueKeys(now))).toEqual([`service:${due.id}`]);
  });

  it('walks everything alive in pages', async () => {
    const services = Array.from({ length: 5 }, () => aService(tenant));
    const gone = aService(tenant);
    await ask(async (tx) => {
      for (const service of [...services, gone]) await tx.services.insert(service);
      await tx.services.update({ ...gone, destroyedAt: new Date() });
    });
    const seen: string[] = [];
    for (let after: string | null = null; ;) {
      const page = await ask((tx) => tx.reconcile.allKeys(after, 2));
      seen.push(...page.keys);
      after = page.next;
      if (after === null) break;
    }
    expect(seen).toEqual(expect.arrayContaining(services.map((service) => `service:${service.id}`)));
    expect(seen).not.toContain(`service:${gone.id}`);
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('moves a silent node once, and never one that was heard meanwhile', async () => {
    const node = await aNode(store);
    const silentSince = new Date();
    await store.sql('UPDATE node SET last_seen_at = $2 WHERE id = $1', [node, new Date(silentSince.getTime() - 1)]);
    const move = () => ask((tx) => tx.reconcile.moveNode(node, 'ready', 'suspect', 'Silent.', silentSince));
    const moves = await Promise.all([move(), move()]);
    expect(moves.filter(Boolean)).toHaveLength(1);
    await store.sql(`UPDATE node SET state = 'ready', last_seen_at = $2 WHERE id = $1`, [
      node,
      new Date(silentSince.getTime() + 1),
    ]);
    expect(await move()).toBe(false);
    const signs = await ask((tx) => tx.reconcile.nodeSigns());
    expect(signs).toContainEqual({
      id: node,
      name: expect.any(String),
      state: 'ready',
      lastSeenAt: new Date(silentSince.getTime() + 1),
    });
  });

  it('gives up what ran on a lost node', async () => {
    const node = await aNode(store);
    const [running, exited] = [await placed(node), await placed(node)];
    await store.sql(`UPDATE container SET state = 'exited' WHERE id = $1`, [exited.id]);
    await ask((tx) => tx.reconcile.loseContainers(node));
    const stateOf = async (id: string) => (await ask((tx) => tx.containers.lockAny(id)))?.observed.state;
    expect([await stateOf(running.id), await stateOf(exited.id)]).toEqual(['lost', 'exited']);
  });

  it('forgets what ended long ago', async () => {
    const [stack, kept] = [aStack(tenant), aStack(tenant)];
    const service = aService(tenant, { stackId: stack.id });
    const container = aContainer(tenant, { serviceId: service.id });
    const ended = new Date(Date.now() - 86_400_000);
    await ask(async (tx) => {
      for (const one of [stack, kept]) await tx.stacks.insert(one);
      await tx.services.insert(service);
      await tx.containers.insert([container]);
      await tx.stacks.update({ ...stack, destroyedAt: ended });
      await tx.stacks.update({ ...kept, destroyedAt: new Date() });
      await tx.services.update({ ...service, destroyedAt: ended });
    });
    await store.sql('UPDATE container SET removed_at = $2 WHERE id = $1', [container.id, ended]);
    await ask((tx) => tx.reconcile.prune(new Date(Date.now() - 3_600_000)));
    const left = await store.sql('SELECT id FROM stack WHERE project_id = $1', [tenant.projectId]);
    expect(left).toEqual([{ id: kept.id }]);
    expect(await store.sql('SELECT FROM service WHERE id = $1', [service.id])).toEqual([]);
  });
});

describe('a node’s row', () => {
  it('is held by one reconciler at a time', async () => {
    const node = await aNode(store);
    const order: string[] = [];
    let locked: () => void = () => undefined;
    const first = new Promise<void>((resolve) => (locked = resolve));
    const one = ask(async (tx) => {
      await tx.nodes.lock(node);
      locked();
      await tx.outbox.add([`node:${newId()}`]);
      order.push('first');
    });
    await first;
    const two = ask(async (tx) => {
      await tx.nodes.lock(node);
      order.push('second');
    });
    await Promise.all([one, two]);
    expect(order).toEqual(['first', 'second']);
  });
});
