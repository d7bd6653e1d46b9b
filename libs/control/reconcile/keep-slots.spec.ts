import { after, container, deployment, ended, node, revision, service, snapshot, unborn } from '../testing/views.js';
import type { PlannedChange, ServicePlan, ServiceSnapshot } from '../snapshot.js';
import { reconcileService } from './service.reconcile.js';

const plan = (patch: Partial<ServiceSnapshot>): ServicePlan => reconcileService(snapshot(patch));
const created = (one: ServicePlan) => one.create.map((create) => [create.ordinal, create.nodeId]);
const changed = (one: ServicePlan, pick: (change: PlannedChange) => unknown = (change) => change.desired) =>
  one.change.map((change) => [change.containerId, pick(change)]);
const lostA = [node('a', { state: 'lost' }), node('b'), node('c')];
const drainA = [node('a', { draining: true }), node('b'), node('c')];

describe('a service that runs', () => {
  it('fills missing slots, lowest numbers first, and gives up the highest', () => {
    expect(created(plan({ service: service({ replicas: 3 }), containers: [container(2)] }))).toEqual([
      [1, 'id-a'],
      [3, 'id-b'],
    ]);
    const three = [container(1), container(3), container(7)];
    expect(changed(plan({ service: service({ replicas: 1 }), containers: three }))).toEqual([
      ['c3', 'removed'],
      ['c7', 'removed'],
    ]);
  });

  it('gives no more slots a place than there are addresses, and says so of the others', () => {
    const addresses = { free: 1, held: [3], sentence: 'No address is left.' };
    const some = plan({ service: service({ replicas: 4 }), containers: [container(1)], addresses });
    expect(created(some).map(([ordinal]) => ordinal)).toEqual([2, 3]);
    expect(some.refusals).toEqual([{ ordinal: 4, kind: 'not-now', sentence: 'No address is left.' }]);
    expect(some.lookAgainAt).not.toBeNull();
  });

  it('does nothing before it is started', () => {
    const idle = plan({ service: service({ intent: 'created', replicas: 3 }) });
    expect(idle).toMatchObject({ create: [], change: [], state: 'not-running', lookAgainAt: null });
  });

  it('begins one container at a time when sequential, the next when the one before is healthy', () => {
    const given = {
      service: service({ replicas: 3, sequential: true }),
      revisions: [revision(1, { hasHealthCheck: true })],
      deployment: deployment(),
    };
    expect(created(plan(given))).toEqual([[1, 'id-a']]);
    const waits = container(1, { health: 'starting', deploymentId: 'deployment' });
    expect(created(plan({ ...given, containers: [waits] }))).toEqual([]);
    expect(created(plan({ ...given, containers: [{ ...waits, health: 'healthy' }] }))).toHaveLength(1);
  });

  it('leaves a container that ended as its restart policy wants it', () => {
    const quiet = plan({ service: service({ replicas: 2 }), containers: [ended(1, 0), ended(2, 1)] });
    expect(quiet).toMatchObject({ create: [], change: [], state: 'stopped' });
  });

  it.each([
    ['never', 0, []],
    ['on-success', 0, [['c1', true]]],
    ['on-success', 1, []],
    ['always', 1, [['c1', true]]],
  ] as const)('autodestroy %s after code %i', (autodestroy, code, expected) => {
    const once = plan({ service: service({ autodestroy }), containers: [ended(1, code)] });
    expect(changed(once, (change) => change.autodestroyed)).toEqual(expected);
    expect(once.create).toEqual([]);
  });

  it('does not fill the slot of an autodestroyed container until it is started again', () => {
    const done = ended(1, 0, { state: 'removed', desired: 'removed', autodestroyed: true });
    expect(plan({ containers: [done] }).create).toEqual([]);
    const again = plan({ containers: [done], deployment: deployment({ id: 'd2', kind: 'start' }) });
    expect(again.create).toEqual([{ ordinal: 1, revision: 1, nodeId: 'id-a', deploymentId: 'd2' }]);
  });

  it('tries again what never came to run, 5 s later and twice as long after each further failure', () => {
    const first = plan({ containers: [unborn(1, 'No such image.')] });
    expect(changed(first, (change) => change.failedAt)).toEqual([['c1', snapshot().now]]);
    expect(first).toMatchObject({ create: [], lookAgainAt: after(5_000) });

    const marked = unborn(1, 'No such image.', { failedAt: after(0) });
    expect(plan({ now: after(4_999), containers: [marked] })).toMatchObject({ create: [], change: [] });
    const second = plan({ now: after(5_000), containers: [marked] });
    expect(created(second)).toEqual([[1, 'id-a']]);
    expect(changed(second)).toEqual([['c1', 'removed']]);

    const earlier = [1, 2, 3].map((i) =>
      unborn(1, 'No such image.', { id: `x${i}`, desired: 'removed', state: 'removed', failedAt: after(-i) }),
    );
    expect(plan({ containers: [marked, ...earlier] }).lookAgainAt).toEqual(after(40_000));
    const many = Array.from({ length: 12 }, (_, i) => ({ ...(earlier[0] ?? marked), id: `y${i}` }));
    expect(plan({ containers: [marked, ...many] }).lookAgainAt).toEqual(after(300_000));
  });
});

describe('a service whose nodes come and go', () => {
  it('replaces what was on a lost node with the same ordinal, and keeps it until the other one is up', () => {
    const there = container(4);
    const replaced = plan({ containers: [there], nodes: lostA });
    expect(replaced.create).toEqual([{ ordinal: 4, revision: 1, nodeId: 'id-b', deploymentId: null }]);
    expect(replaced.change).toEqual([]);
    const other = container(4, { id: 'new', nodeId: 'id-b', state: 'starting', createdAt: after(1) });
    expect(plan({ containers: [there, other], nodes: lostA })).toMatchObject({ create: [], change: [] });
    const both = plan({ containers: [there, { ...other, state: 'running' }], nodes: lostA });
    expect(changed(both)).toEqual([['c4', 'removed']]);
  });

  it('keeps the replacement when both run, and the old one when only that runs', () => {
    const other = container(1, { id: 'new', nodeId: 'id-b', createdAt: after(1) });
    expect(changed(plan({ containers: [container(1), other] }))).toEqual([['c1', 'removed']]);
    const late = { ...other, state: 'pulling' as const };
    expect(changed(plan({ containers: [container(1), late] }))).toEqual([['new', 'removed']]);
  });

  it('waits for the report when a lost node is back before a replacement was made', () => {
    expect(plan({ containers: [container(1, { state: 'lost' })] })).toMatchObject({ create: [], change: [] });
  });

  it('does not run a job again because its node was lost afterwards', () => {
    expect(plan({ containers: [ended(1, 0, { state: 'lost' })], nodes: lostA }).create).toEqual([]);
  });

  it('leaves containers on an unreachable node alone and puts none there', () => {
    const nodes = [node('a', { state: 'unreachable' }), node('b', { usedContainers: 9 })];
    expect(plan({ containers: [container(1)], nodes })).toMatchObject({ create: [], change: [], state: 'running' });
    expect(created(plan({ nodes }))).toEqual([[1, 'id-b']]);
  });

  it('moves off a draining node start-first, as many at once as the rollout may', () => {
    const three = [1, 2, 3].map((i) => container(i));
    const given = { service: service({ replicas: 3, rollout: { parallelism: 2 } }), nodes: drainA };
    const first = plan({ ...given, containers: three });
    expect(created(first)).toEqual([
      [1, 'id-b'],
      [2, 'id-c'],
    ]);
    expect(first.change).toEqual([]);
    const coming = container(1, { id: 'n1', nodeId: 'id-b', state: 'starting', createdAt: after(1) });
    const next = plan({ ...given, containers: [...three, coming] });
    expect([created(next), changed(next)]).toEqual([[[2, 'id-b']], []]);
    const arrived = plan({ ...given, containers: [...three, { ...coming, state: 'running' }] });
    expect(changed(arrived)).toEqual([['c1', 'removed']]);
    expect(created(arrived).map(([ordinal]) => ordinal)).toEqual([2, 3]);
  });

  it('explains why it cannot move off and asks again later', () => {
    const stuck = plan({ containers: [container(1)], nodes: [node('a', { draining: true })] });
    expect(stuck.refusals).toEqual([{ ordinal: 1, kind: 'not-now', sentence: '1 node is being drained.' }]);
    expect(stuck).toMatchObject({ change: [], state: 'running', lookAgainAt: after(15_000) });
  });
});

describe('an every-node service', () => {
  const everywhere = service({ placement: { strategy: 'every-node', tags: ['web'] } });
  const web = (name: string, patch = {}) => node(name, { tags: ['web'], ...patch });
  const on = (ordinal: number, nodeId: string) => container(ordinal, { nodeId });

  it('gives every matching ready node one, a new node too, whatever the number of replicas', () => {
    const nodes = [web('a'), web('b'), node('c'), web('d', { schedulable: false }), web('e', { state: 'joining' })];
    const next = plan({ service: everywhere, nodes, containers: [on(2, 'id-a')] });
    expect(created(next)).toEqual([[1, 'id-b']]);
    expect(next.change).toEqual([]);
  });

  it('takes it away from a node that drains, was removed or lost its tag, and not from a lost or cordoned one', () => {
    const nodes = [
      web('a', { draining: true }),
      node('b'),
      web('c', { state: 'removed' }),
      web('d', { state: 'lost' }),
      web('e', { schedulable: false }),
    ];
    const containers = [on(1, 'id-a'), on(2, 'id-b'), on(3, 'id-c'), on(4, 'id-d'), on(5, 'id-e')];
    const next = plan({ service: everywhere, nodes, containers });
    expect(changed(next)).toEqual([
      ['c1', 'removed'],
      ['c2', 'removed'],
      ['c3', 'removed'],
    ]);
    expect(next.create).toEqual([]);
  });
});

describe('stopping, starting and ending', () => {
  it('stops all, keeps them, and starts the same ones again', () => {
    const two = [container(1), container(2)];
    const stop = plan({ service: service({ intent: 'stopped', replicas: 2 }), containers: two });
    expect(changed(stop)).toEqual([
      ['c1', 'stopped'],
      ['c2', 'stopped'],
    ]);
    const stopped = two.map((one) => ended(one.ordinal, 143, { desired: 'stopped', incarnation: 3 }));
    const start = { service: service({ replicas: 2 }), deployment: deployment({ id: 'd2', kind: 'start' }) };
    const starting = plan({ ...start, containers: stopped });
    expect(starting.create).toEqual([]);
    expect(changed(starting, (change) => [change.desired, change.startIncarnation, change.deploymentId])).toEqual([
      ['c1', ['running', 4, 'd2']],
      ['c2', ['running', 4, 'd2']],
    ]);
    const asked = stopped.map((one) => ({
      ...one,
      desired: 'running' as const,
      startIncarnation: 4,
      deploymentId: 'd2',
    }));
    expect(plan({ ...start, containers: asked })).toMatchObject({ change: [], deployment: null, state: 'starting' });
  });

  it('starts a stopped container elsewhere when its node is gone', () => {
    const away = ended(1, 143, { desired: 'stopped' });
    const moved = plan({ containers: [away], nodes: lostA, deployment: deployment({ kind: 'start' }) });
    expect([created(moved), changed(moved)]).toEqual([[[1, 'id-b']], [['c1', 'removed']]]);
  });

  it('does not bring back a container that was stopped by itself', () => {
    const one = ended(1, 143, { desired: 'stopped', held: true });
    const both = plan({ service: service({ replicas: 2 }), containers: [one, container(2)] });
    expect(both).toMatchObject({ create: [], change: [], state: 'partly-running' });
  });

  it('starts what an interrupted start left stopped', () => {
    const one = ended(1, 143, { desired: 'stopped' });
    expect(changed(plan({ containers: [one] }), (change) => change.startIncarnation)).toEqual([['c1', 2]]);
  });

  it('removes everything when it is terminated', () => {
    const containers = [container(1), ended(2, 0, { desired: 'stopped' })];
    const last = plan({ service: service({ intent: 'terminated' }), containers });
    expect(changed(last)).toEqual([
      ['c1', 'removed'],
      ['c2', 'removed'],
    ]);
    expect(last.state).toBe('terminating');
    const gone = containers.map((one) => ({ ...one, desired: 'removed' as const, state: 'removed' as const }));
    expect(plan({ service: service({ intent: 'terminated' }), containers: gone }).state).toBe('terminated');
  });
});
