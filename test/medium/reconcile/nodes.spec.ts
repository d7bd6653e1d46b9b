import { NodeMonitor } from '#libs/core/reconcile/node.monitor.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { createLog } from '#libs/platform/log.js';
import { Plane, type SimulatedNode } from './plane.js';

const template = { image: 'localhost/pierhead/sample:latest' };
const timers = { suspectAfterMs: 2_000, unreachableAfterMs: 3_000, lostAfterMs: 5_000 };

describe('nodes that come, go and fill up', () => {
  let plane: Plane;
  let tenant: RequestContext;
  let nodes: SimulatedNode[];

  beforeEach(async () => {
    plane = await Plane.create();
    tenant = await plane.tenant();
    nodes = [await plane.node(), await plane.node(), await plane.node()];
  });
  afterEach(() => plane.close());

  /** The others are heard in time. */
  const silence = async (dead: SimulatedNode, monitor: NodeMonitor) => {
    plane.clock.advance(6_000);
    await plane.owner.query(
      `UPDATE node SET last_seen_at = last_seen_at + interval '6 seconds' WHERE id <> $1 AND last_seen_at IS NOT NULL`,
      [dead.id],
    );
    await monitor.look();
    await plane.settle();
  };
  const containersOf = async (id: string) => (await plane.serviceQueries.get(tenant, id)).containers;

  it('spreads over the emptiest nodes, replaces what a lost node ran and removes the old ones when it returns', async () => {
    const { service } = await plane.services.create(tenant, { name: 'web', template, replicas: 3 });
    await plane.services.start(tenant, service.id);
    await plane.settle();
    const before = await containersOf(service.id);
    expect(new Set(before.map((c) => c.nodeId)).size).toBe(3);

    const monitor = new NodeMonitor(plane.work, plane.clock, timers, createLog('test', 'silent'));
    await monitor.look();
    const [dead] = nodes as [SimulatedNode, ...SimulatedNode[]];
    dead.silent = true;
    await silence(dead, monitor);
    const moved = (await containersOf(service.id)).filter((c) => c.state === 'running');
    expect(moved).toHaveLength(3);
    expect(moved.map((c) => c.nodeId)).not.toContain(dead.id);
    expect(moved.map((c) => c.name).sort()).toEqual(['web-1', 'web-2', 'web-3']);

    dead.silent = false;
    await dead.join();
    await plane.settle();
    expect(dead.held.size).toBe(0);
    expect((await containersOf(service.id)).map((c) => c.state)).toEqual(['running', 'running', 'running']);
  }, 60_000);

  it('counts what a returned node may still run until that node has said that it does not', async () => {
    const large = { ...template, resources: { memoryBytes: 6 * 1024 ** 3 } };
    const placed = async (name: string) => {
      const { service } = await plane.services.create(tenant, { name, template: large });
      await plane.services.start(tenant, service.id);
      await plane.settle();
      return service.id;
    };
    const ids = [await placed('a'), await placed('b'), await placed('c')];
    const [first = ''] = ids;
    const [before] = await containersOf(first);
    const spare = await plane.node();
    const back = nodes.find(({ id }) => id === before?.nodeId);
    const monitor = new NodeMonitor(plane.work, plane.clock, timers, createLog('test', 'silent'));
    await monitor.look();
    if (!back) throw new Error('The container is nowhere.');
    back.silent = true;
    await silence(back, monitor);
    expect((await containersOf(first)).map((c) => c.nodeId)).toContain(spare.id);

    // It answers again, and has not said anything of its containers.
    await back.join();
    const late = await placed('late');
    expect(await containersOf(late)).toEqual([]);
    expect((await plane.serviceQueries.get(tenant, late)).stateMessage).toMatch(/memory/);
    back.silent = false;
    await plane.settle();
    plane.clock.advance(20_000);
    await plane.settle();
    expect((await containersOf(late)).map((c) => [c.nodeId, c.state])).toEqual([[back.id, 'running']]);
  }, 60_000);

  it('moves nothing when more than 55 % of the nodes fall silent at once', async () => {
    const { service } = await plane.services.create(tenant, { name: 'web', template, replicas: 3 });
    await plane.services.start(tenant, service.id);
    await plane.settle();
    const before = (await containersOf(service.id)).map((c) => c.id);
    const monitor = new NodeMonitor(plane.work, plane.clock, timers, createLog('test', 'silent'));
    await monitor.look();
    plane.clock.advance(60_000);
    await monitor.look();
    await plane.settle();
    expect((await containersOf(service.id)).map((c) => c.id)).toEqual(before);
    const states = await plane.owner.query(`SELECT DISTINCT state FROM node`);
    expect(states).toEqual([{ state: 'unreachable' }]);

    // They return one after the other: those that still miss are given the time of a new silence.
    await (nodes[0] as SimulatedNode).join();
    await (nodes[1] as SimulatedNode).join();
    await plane.owner.query(`UPDATE node SET last_seen_at = last_seen_at + interval '60 seconds' WHERE id = ANY($1)`, [
      nodes.slice(0, 2).map((node) => node.id),
    ]);
    await monitor.look();
    const lost = await plane.owner.query(`SELECT name FROM node WHERE state = 'lost'`);
    expect(lost).toEqual([]);
    plane.clock.advance(6_000);
    await plane.owner.query(`UPDATE node SET last_seen_at = last_seen_at + interval '6 seconds' WHERE id = ANY($1)`, [
      nodes.slice(0, 2).map((node) => node.id),
    ]);
    await monitor.look();
    expect(await plane.owner.query(`SELECT id FROM node WHERE state = 'lost'`)).toEqual([{ id: nodes[2]?.id }]);
    await (nodes[2] as SimulatedNode).join();
    await plane.settle();
  }, 60_000);

  it('runs one container on every matching node, also on one that joins later', async () => {
    const { service } = await plane.services.create(tenant, {
      name: 'every',
      template,
      placement: { strategy: 'every-node' },
    });
    await plane.services.start(tenant, service.id);
    await plane.settle();
    expect(await containersOf(service.id)).toHaveLength(3);
    await plane.node();
    await plane.settle();
    const all = await containersOf(service.id);
    expect(all).toHaveLength(4);
    expect(new Set(all.map((c) => c.nodeId)).size).toBe(4);
    await expect(plane.services.scale(tenant, service.id)).rejects.toMatchObject({ code: 'state' });
  }, 60_000);

  it('never gives a host port twice and never more memory than a node has, also when services race', async () => {
    const port = { containerPort: 80, published: true, hostPort: 9000 };
    const made = [];
    for (const name of ['a', 'b', 'c', 'd']) {
      const { service } = await plane.services.create(tenant, {
        name,
        template: { ...template, ports: [port], resources: { memoryBytes: 6 * 1024 ** 3 } },
      });
      made.push(service);
    }
    for (const service of made) await plane.services.start(tenant, service.id);
    await plane.work.platform((tx) => tx.reconcile.claimOutbox(500));
    const race = await Promise.allSettled(made.map((service) => plane.reconcile(`service:${service.id}`)));
    expect(race.filter((one) => one.status === 'fulfilled').length).toBeGreaterThan(0);
    for (const service of made) await plane.queue.enqueue([`service:${service.id}`]);
    await plane.settle();
    const placed = (await Promise.all(made.map((service) => containersOf(service.id)))).flat();
    expect(placed).toHaveLength(3);
    expect(new Set(placed.map((c) => c.nodeId)).size).toBe(3);
    const states = await Promise.all(made.map(async (service) => plane.serviceQueries.get(tenant, service.id)));
    const waiting = states.find((service) => service.containers.length === 0);
    expect(waiting?.stateMessage ?? '').toMatch(/port 9000|memory/i);
  }, 60_000);

  it('does not see nodes of another organization', async () => {
    const other = await plane.tenant();
    const theirs = await plane.node({ organizationId: other.organizationId, tags: ['theirs'] });
    const { service } = await plane.services.create(tenant, {
      name: 'mine',
      template,
      placement: { tags: ['theirs'] },
    });
    const { action } = await plane.services.start(tenant, service.id);
    await plane.settle();
    expect((await plane.actions.get(tenant, action.id)).state).toBe('failed');
    expect(theirs.held.size).toBe(0);
    await expect(plane.serviceQueries.get(other, service.id)).rejects.toMatchObject({ code: 'not-found' });
  }, 60_000);

  it('refuses what a quota does not allow, and counts in the same transaction when callers race', async () => {
    await plane.work.platform((tx) => tx.quotas.setLimit(tenant.organizationId, null, 'containers', 5));
    const { service } = await plane.services.create(tenant, { name: 'q', template, replicas: 3 });
    const { service: second } = await plane.services.create(tenant, { name: 'r', template, replicas: 3 });
    const race = await Promise.allSettled([
      plane.services.start(tenant, service.id),
      plane.services.start(tenant, second.id),
    ]);
    expect(race.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected']);
    const refused = race.find((one) => one.status === 'rejected') as PromiseRejectedResult;
    expect(refused.reason).toMatchObject({ code: 'quota' });
    await plane.settle();
    const usage = await plane.work.tenantRead(tenant, (tx) => tx.quotas.usage(tenant.organizationId, tenant.projectId));
    expect(usage.find((line) => line.resource === 'containers')?.used).toBe(3);
    const differences = await plane.work.platform((tx) => tx.quotas.recount(tenant.organizationId));
    expect(differences.filter((line) => line.resource !== 'projects')).toEqual([]);
  }, 60_000);
});
