import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { Plane } from './plane.js';

const template = { image: 'localhost/pierhead/sample:latest' };

describe('a stack from request to running', () => {
  let plane: Plane;
  let tenant: RequestContext;

  beforeAll(async () => {
    plane = await Plane.create();
    tenant = await plane.tenant();
    await plane.node();
    await plane.node();
  });
  afterAll(() => plane.close());

  it('is created, started, scaled, redeployed, stopped, started and terminated, each action ending truthfully', async () => {
    const { stack } = await plane.stacks.create(tenant, {
      name: 'shop',
      displayName: null,
      services: [
        {
          name: 'web',
          template: { ...template, ports: [{ containerPort: 80, published: true, hostPort: 8080 }] },
          links: [{ alias: 'db', service: 'db' }],
        },
        { name: 'db', template, replicas: 2 },
      ],
    });
    expect(stack.state).toBe('not-running');

    const started = await plane.stacks.start(tenant, stack.id);
    expect(started.action.state).toBe('in-progress');
    await plane.settle();
    expect((await plane.stackQueries.get(tenant, stack.id)).state).toBe('running');
    expect((await plane.actions.get(tenant, started.action.id)).state).toBe('success');

    const { rows } = await plane.serviceQueries.list(tenant, { limit: 10, offset: 0 });
    const db = rows.find((service) => service.name === 'db');
    const web = rows.find((service) => service.name === 'web');
    expect(db?.containers.map((c) => c.name)).toEqual(['db-1', 'db-2']);
    expect(web?.containers[0]?.ports).toEqual([
      { containerPort: 80, protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: 8080 },
    ]);
    expect(db?.linkedFrom.map((link) => link.serviceName)).toEqual(['web']);

    await plane.services.update(tenant, db!.id, (spec) => ({ ...spec, replicas: 3, links: [], volumesFrom: [] }));
    await plane.settle();
    const scaled = await plane.serviceQueries.get(tenant, db!.id);
    expect(scaled.containers).toHaveLength(3);
    expect(scaled.state).toBe('running');

    const redeployed = await plane.stacks.redeploy(tenant, stack.id);
    await plane.settle();
    for (let i = 0; i < 20; i++) {
      plane.clock.advance(6_000);
      await plane.settle();
    }
    expect((await plane.actions.get(tenant, redeployed.action.id)).state).toBe('success');
    const after = await plane.serviceQueries.get(tenant, db!.id);
    expect(after.revision).toBe(2);
    expect(after.synchronized).toBe(true);
    expect(after.containers.map((c) => c.id)).not.toEqual(scaled.containers.map((c) => c.id));

    const stopped = await plane.stacks.stop(tenant, stack.id);
    await plane.settle();
    expect((await plane.stackQueries.get(tenant, stack.id)).state).toBe('stopped');
    expect((await plane.actions.get(tenant, stopped.action.id)).state).toBe('success');

    await plane.stacks.start(tenant, stack.id);
    await plane.settle();
    const again = await plane.serviceQueries.get(tenant, db!.id);
    expect(again.state).toBe('running');
    expect(again.containers.map((c) => c.id)).toEqual(after.containers.map((c) => c.id));

    const terminated = await plane.stacks.terminate(tenant, stack.id);
    await plane.settle();
    expect((await plane.stackQueries.get(tenant, stack.id)).state).toBe('terminated');
    expect((await plane.actions.get(tenant, terminated.action.id)).state).toBe('success');
    expect(plane.nodes.every((node) => node.held.size === 0)).toBe(true);
    const usage = await plane.work.tenantRead(tenant, (tx) => tx.quotas.usage(tenant.organizationId, tenant.projectId));
    expect(usage.filter((line) => line.used !== 0 && line.resource !== 'projects')).toEqual([]);
  }, 60_000);

  it('says which image could not be started and fails the action', async () => {
    const { stack } = await plane.stacks.create(tenant, {
      name: 'broken',
      displayName: null,
      services: [{ name: 'bad', template: { image: 'absent:1' } }],
    });
    for (const node of plane.nodes)
      node.behave = () => ({ state: 'failed', message: 'The image absent:1 does not exist.' });
    const { action } = await plane.stacks.start(tenant, stack.id);
    await plane.settle();
    const ended = await plane.actions.get(tenant, action.id);
    expect(ended.state).toBe('failed');
    expect(ended.message).toContain('absent:1');
    for (const node of plane.nodes) node.behave = () => ({ state: 'running' });
    await plane.stacks.terminate(tenant, stack.id);
    await plane.settle();
  }, 60_000);

  it('fails a start that no node can ever take, with the reason', async () => {
    const { service } = await plane.services.create(tenant, { name: 'picky', template, placement: { tags: ['ssd'] } });
    const { action } = await plane.services.start(tenant, service.id);
    await plane.settle();
    const ended = await plane.actions.get(tenant, action.id);
    expect(ended.state).toBe('failed');
    expect(ended.message).toContain('ssd');
  });

  it('holds a container that its user stopped, and starts it with its service', async () => {
    const { service } = await plane.services.create(tenant, { name: 'pair', template, replicas: 2 });
    await plane.services.start(tenant, service.id);
    await plane.settle();
    const [first] = (await plane.serviceQueries.get(tenant, service.id)).containers;
    const stop = await plane.containers.stop(tenant, first!.id);
    await plane.settle();
    expect((await plane.actions.get(tenant, stop.action.id)).state).toBe('success');
    const partly = await plane.serviceQueries.get(tenant, service.id);
    expect(partly.state).toBe('partly-running');
    expect(partly.containers.map((c) => c.state)).toEqual(['exited', 'running']);
    await plane.services.start(tenant, service.id);
    await plane.settle();
    const whole = await plane.serviceQueries.get(tenant, service.id);
    expect(whole.state).toBe('running');
    expect(whole.containers[0]?.id).toBe(first!.id);

    const gone = await plane.containers.terminate(tenant, first!.id);
    await plane.settle();
    expect((await plane.actions.get(tenant, gone.action.id)).state).toBe('success');
    const one = await plane.serviceQueries.get(tenant, service.id);
    expect(one.containers.map((c) => c.name)).toEqual(['pair-2']);
    expect(one.replicas).toBe(1);
    expect(one.state).toBe('running');

    const again = await plane.containers.redeploy(tenant, one.containers[0]!.id);
    await plane.settle();
    expect((await plane.actions.get(tenant, again.action.id)).state).toBe('success');
    const replaced = await plane.serviceQueries.get(tenant, service.id);
    expect(replaced.containers).toHaveLength(1);
    expect(replaced.containers[0]?.id).not.toBe(one.containers[0]?.id);
  }, 60_000);

  it('cancels a scaling that cannot come to an end, back to what runs', async () => {
    const { service } = await plane.services.create(tenant, { name: 'grow', template, replicas: 1 });
    await plane.services.start(tenant, service.id);
    await plane.settle();
    for (const node of plane.nodes) node.behave = () => ({ state: 'pulling' });
    const scaling = await plane.services.update(tenant, service.id, (spec) => ({
      ...spec,
      replicas: 3,
      links: [],
      volumesFrom: [],
    }));
    await plane.settle();
    expect((await plane.serviceQueries.get(tenant, service.id)).state).toBe('scaling');
    expect((await plane.actions.cancel(tenant, scaling.action.id)).state).toBe('canceled');
    await plane.settle();
    const back = await plane.serviceQueries.get(tenant, service.id);
    expect(back.containers).toHaveLength(1);
    expect(back.state).toBe('running');
    for (const node of plane.nodes) node.behave = () => ({ state: 'running' });
  }, 60_000);
});
