import type { ContainerView, RoutingView, ServicePlan, ServiceSnapshot } from '../snapshot.js';
import { after, container, deployment, node, revision, service, snapshot } from '../testing/views.js';
import { reconcileService } from './service.reconcile.js';

const routing: RoutingView = { patienceMs: 15_000, edgesLive: true };
const inPool = (ordinal: number, patch: Partial<ContainerView> = {}) =>
  container(ordinal, { pool: 'in', poolChangedAt: after(-60_000), ...patch });
const leaving = (ordinal: number, patch: Partial<ContainerView> = {}) =>
  container(ordinal, { desired: 'removed', pool: 'leaving', poolSettled: false, poolChangedAt: after(0), ...patch });

const plan = (containers: ContainerView[], patch: Partial<ServiceSnapshot> = {}, replicas = containers.length) =>
  reconcileService(snapshot({ service: service({ replicas, routing }), containers, ...patch }));
const changes = (given: ServicePlan) => given.change.map((one) => [one.containerId, one.desired, one.pool]);

describe('joining the pool', () => {
  it('begins when a container is up, and is over when every edge knows it', () => {
    const joins = plan([container(1)]);
    expect(changes(joins)).toEqual([['c1', 'running', 'joining']]);
    expect(joins.lookAgainAt).toEqual(after(15_000));
    const waits = plan([container(1, { pool: 'joining', poolSettled: false, poolChangedAt: after(-1_000) })]);
    expect([changes(waits), waits.lookAgainAt]).toEqual([[], after(14_000)]);
    expect(changes(plan([container(1, { pool: 'joining', poolChangedAt: after(-1_000) })]))).toEqual([
      ['c1', 'running', 'in'],
    ]);
  });

  it('waits for health, and ends with it', () => {
    const revisions = [revision(1, { hasHealthCheck: true })];
    expect(changes(plan([container(1, { health: 'starting' })], { revisions }))).toEqual([]);
    expect(changes(plan([inPool(1, { health: 'unhealthy' })], { revisions }))).toEqual([['c1', 'running', 'none']]);
    expect(changes(plan([inPool(1, { health: 'healthy' })], { revisions }))).toEqual([]);
  });

  it('does not wait for edges beyond its patience, nor where there is none', () => {
    const late = container(1, { pool: 'joining', poolSettled: false, poolChangedAt: after(-15_000) });
    expect(changes(plan([late]))).toEqual([['c1', 'running', 'in']]);
    const alone = service({ routing: { ...routing, edgesLive: false } });
    expect(changes(plan([container(1)], { service: alone }))).toEqual([['c1', 'running', 'in']]);
  });

  it('is nothing without a route, and ends with the last one', () => {
    expect(changes(plan([container(1)], { service: service() }))).toEqual([]);
    expect(changes(plan([inPool(1)], { service: service() }))).toEqual([['c1', 'running', 'none']]);
  });

  it('waits for the run that a restart asked for', () => {
    const asked = container(1, { pool: 'out', startIncarnation: 2 });
    expect(changes(plan([asked]))).toEqual([]);
    expect(changes(plan([{ ...asked, incarnation: 2 }]))).toEqual([['c1', 'running', 'joining']]);
  });

  it('is what the end of a creation waits for', () => {
    const open = { deployment: deployment() };
    const joining = container(1, { pool: 'joining', poolSettled: false, poolChangedAt: after(-1_000) });
    expect(plan([joining], open).deployment).toBeNull();
    expect(plan([{ ...joining, poolSettled: true }], open).deployment).toMatchObject({ state: 'succeeded' });
  });
});

describe('leaving the pool', () => {
  it.each([
    ['a smaller size', { replicas: 1 }, 'removed'],
    ['a stop', { intent: 'stopped' as const }, 'stopped'],
    ['a termination', { intent: 'terminated' as const }, 'removed'],
  ])('comes first with %s', (_case, patch, desired) => {
    const given = { service: service({ replicas: 2, routing, ...patch }) };
    const first = plan([inPool(1), inPool(2)], given);
    expect(changes(first)).toContainEqual(['c2', desired, 'leaving']);
    expect(first.lookAgainAt).toEqual(after(15_000));
  });

  it('ends what has left, as soon as every edge has followed or has had its time', () => {
    expect(changes(plan([inPool(1), leaving(2)], {}, 1))).toEqual([]);
    expect(changes(plan([inPool(1), leaving(2, { poolSettled: true })], {}, 1))).toEqual([['c2', 'removed', 'out']]);
    const late = leaving(2, { poolChangedAt: after(-15_000) });
    expect(changes(plan([inPool(1), late], {}, 1))).toEqual([['c2', 'removed', 'out']]);
  });

  it.each([
    ['its process has ended', leaving(2, { state: 'exited' }), {}],
    ['its node is lost', leaving(2, { nodeId: 'id-b' }), { nodes: [node('a'), node('b', { state: 'lost' })] }],
    ['no route leads to it any more', leaving(2), { service: service() }],
  ])('is over when %s', (_case, gone, patch) => {
    expect(changes(plan([inPool(1), gone], patch, 1))).toContainEqual(['c2', 'removed', 'out']);
  });

  it('is not asked of what serves nobody', () => {
    expect(changes(plan([inPool(1), container(2, { state: 'starting' })], {}, 1))).toEqual([['c2', 'removed', null]]);
    expect(changes(plan([inPool(1), inPool(2, { state: 'exited' })], {}, 1))).toEqual([['c2', 'removed', 'out']]);
  });

  it('turns round when the service is started before its agent was told of the stop', () => {
    const given = { deployment: deployment({ id: 'start', kind: 'start' }) };
    const back = plan([leaving(1, { desired: 'stopped' })], given);
    expect(changes(back)).toEqual([['c1', 'running', 'joining']]);
    expect(back.change[0]?.startIncarnation).toBeNull();
  });

  it('waits on a draining node until the replacement is in the pool', () => {
    const nodes = [node('a', { draining: true, schedulable: false }), node('b')];
    const fresh = container(1, { id: 'n1', nodeId: 'id-b', createdAt: after(1) });
    expect(changes(plan([inPool(1), fresh], { nodes }, 1))).toEqual([['n1', 'running', 'joining']]);
    expect(changes(plan([inPool(1), { ...fresh, pool: 'in' }], { nodes }, 1))).toEqual([['c1', 'removed', 'leaving']]);
  });
});

describe('a rollout of what edges send requests to', () => {
  const move = deployment({ kind: 'redeploy', fromRevision: 1, toRevision: 2 });
  const redeploy = (containers: ContainerView[], rollout = {}, patch: Partial<ServiceSnapshot> = {}) =>
    plan(containers, { deployment: move, service: service({ revision: 2, routing, replicas: 2, rollout }), ...patch });
  const old = [inPool(1), inPool(2)];
  const made = (given: ServicePlan) => given.create.map((one) => one.ordinal);

  it('starts the new one first unless its user said otherwise', () => {
    const first = redeploy(old);
    expect([made(first), changes(first)]).toEqual([[1], []]);
    const told = redeploy(old, { order: 'stop-first' });
    expect([made(told), changes(told)]).toEqual([[], [['c1', 'removed', 'leaving']]]);
  });

  it.each([
    ['volumes', { hasVolumes: true }],
    ['a fixed host port', { hostPorts: [{ hostPort: 80, protocol: 'tcp' as const }] }],
  ])('does not by itself where two would share %s', (_case, demand) => {
    const revisions = [revision(1, demand), revision(2, demand)];
    expect(changes(redeploy(old, {}, { revisions }))).toEqual([['c1', 'removed', 'leaving']]);
  });

  it('does not by itself where there is no room for both and another one serves', () => {
    const nodes = [node('a', { usedMilliCpu: 4_000 })];
    expect(changes(redeploy(old, {}, { nodes }))).toEqual([['c1', 'removed', 'leaving']]);
    const single = { nodes, service: service({ revision: 2, routing, replicas: 1 }) };
    const refused = redeploy([inPool(1)], {}, single);
    expect([changes(refused), refused.refusals]).toEqual([[], [expect.objectContaining({ kind: 'not-now' })]]);
  });

  it('lets the old one go only when the new one is in the pool', () => {
    const fresh = container(1, { id: 'n1', revision: 2, deploymentId: move.id, nodeId: 'id-b', createdAt: after(1) });
    const joining = { ...fresh, pool: 'joining' as const, poolSettled: false, poolChangedAt: after(-1) };
    expect(changes(redeploy([...old, fresh]))).toEqual([['n1', 'running', 'joining']]);
    expect(changes(redeploy([...old, joining]))).toEqual([]);
    expect(changes(redeploy([...old, { ...joining, poolSettled: true }]))).toEqual([
      ['c1', 'removed', 'leaving'],
      ['n1', 'running', 'in'],
    ]);
  });

  it('frees a place in stop-first order only when the old one has left', () => {
    const order = { order: 'stop-first' };
    const waits = redeploy([leaving(1), inPool(2)], order);
    expect([made(waits), changes(waits)]).toEqual([[], []]);
    const freed = redeploy([leaving(1, { state: 'exited', pool: 'out' }), inPool(2)], order);
    expect([made(freed), changes(freed)]).toEqual([[1], []]);
  });
});
