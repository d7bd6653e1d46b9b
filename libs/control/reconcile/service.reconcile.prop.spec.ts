import fc from 'fast-check';
import { isAlive } from '#libs/domain/container/state.js';
import { deploymentEnded } from '#libs/domain/deployment/state.js';
import type { ContainerView, ServicePlan, ServiceView } from '../snapshot.js';
import { chooser, ClusterSimulator, type Behaviour, type Choose } from '../testing/cluster.simulator.js';
import { deployment, node, revision, service } from '../testing/views.js';
import { reconcileService } from './service.reconcile.js';

const settings = fc.record({
  replicas: fc.integer({ min: 0, max: 6 }),
  strategy: fc.constantFrom('emptiest-node' as const, 'high-availability' as const, 'every-node' as const),
  condition: fc.constantFrom('never' as const, 'on-failure' as const, 'always' as const),
  autodestroy: fc.constantFrom('never' as const, 'never' as const, 'on-success' as const, 'always' as const),
  sequential: fc.boolean(),
  hasHealthCheck: fc.boolean(),
  hostPort: fc.boolean(),
  kind: fc.constantFrom('recreate' as const, 'rolling' as const, 'rolling' as const),
  parallelism: fc.integer({ min: 0, max: 3 }),
  order: fc.constantFrom('stop-first' as const, 'start-first' as const),
  failureAction: fc.constantFrom('pause' as const, 'rollback' as const, 'continue' as const),
  maxFailureRatio: fc.constantFrom(0, 0.4),
  delayMs: fc.constantFrom(0, 2_000),
  nodes: fc.integer({ min: 1, max: 4 }),
  room: fc.integer({ min: 1, max: 4 }),
  behaviour: fc.constantFrom<Behaviour>('serves', 'serves', 'job', 'crashes', 'no-image', 'never-healthy'),
});
type Settings = typeof settings extends fc.Arbitrary<infer T> ? T : never;

function clusterOf(s: Settings): ClusterSimulator {
  const demand = {
    milliCpu: 1_000,
    hasHealthCheck: s.hasHealthCheck,
    hostPorts: s.hostPort ? [{ hostPort: 80, protocol: 'tcp' as const }] : [],
  };
  return new ClusterSimulator(
    service({
      replicas: s.replicas,
      autodestroy: s.condition === 'always' ? 'never' : s.autodestroy,
      sequential: s.sequential,
      placement: { strategy: s.strategy },
      restart: { condition: s.condition },
      rollout: {
        kind: s.kind,
        parallelism: s.parallelism,
        order: s.order,
        failureAction: s.failureAction,
        maxFailureRatio: s.maxFailureRatio,
        delayMs: s.delayMs,
        progressDeadlineMs: 60_000,
      },
    }),
    [revision(1, demand), revision(2, demand)],
    Array.from({ length: s.nodes }, (_, i) => node(`n${i}`, { milliCpu: s.room * 1_000 })),
    { 1: 'serves', 2: s.behaviour },
  );
}

const surgeOf = (cluster: ClusterSimulator): number => {
  const { parallelism } = cluster.service.rollout;
  const slots = cluster.service.placement.strategy === 'every-node' ? cluster.nodes.length : cluster.service.replicas;
  return parallelism === 0 ? slots : parallelism;
};

const meantToLive = (containers: readonly ContainerView[]): number =>
  containers.filter((one) => isAlive(one.state) && one.desired === 'running').length;

const isEmpty = (plan: ServicePlan): boolean =>
  plan.create.length === 0 && plan.change.length === 0 && plan.deployment === null;

/** One decision with everything that must hold of any. */
function decide(cluster: ClusterSimulator): ServicePlan {
  const before = cluster.snapshot();
  const plan = reconcileService(before);
  const frozen = JSON.stringify(before);
  cluster.apply(plan);
  expect(JSON.stringify(before)).toBe(frozen);

  const again = reconcileService(cluster.snapshot());
  if (!isEmpty(again)) throw new Error(`Not idempotent: ${JSON.stringify({ before, plan, again }, null, 1)}`);

  for (const refusal of plan.refusals) expect(refusal.sentence).toMatch(/\S.*\.$/);
  for (const change of plan.change) expect(change.reason).toMatch(/\S.*\.$/);
  if (plan.lookAgainAt !== null) expect(plan.lookAgainAt.getTime()).toBeGreaterThan(cluster.now.getTime());

  const targeted = new Set(plan.create.map((create) => create.nodeId));
  for (const one of cluster.snapshot().nodes) {
    if (!targeted.has(one.id)) continue;
    expect(one.usedMilliCpu).toBeLessThanOrEqual(one.milliCpu);
    const ports = one.usedHostPorts.map((port) => port.hostPort);
    expect(new Set(ports).size).toBe(ports.length);
  }
  const wanted = cluster.service.placement.strategy === 'every-node' ? cluster.nodes.length : cluster.service.replicas;
  const draining = cluster.nodes.some((one) => one.draining);
  const { order, kind } = cluster.service.rollout;
  const surges = draining || (order === 'start-first' && kind === 'rolling' && cluster.deployment?.kind === 'redeploy');
  // A node that comes back may bring more than that; a plan never adds to it.
  const most = Math.max(wanted + (surges ? surgeOf(cluster) : 0), meantToLive(before.containers));
  if (meantToLive(cluster.containers) > most) {
    throw new Error(`More than ${most}: ${JSON.stringify({ before, plan }, null, 1)}`);
  }
  return plan;
}

function disturb(cluster: ClusterSimulator, choose: Choose): void {
  const at = choose(cluster.nodes.length);
  const state = cluster.nodes[at]?.state;
  switch (choose(14)) {
    case 0:
      return state === 'lost' ? cluster.returnNode(at) : cluster.loseNode(at);
    case 1:
      return cluster.setNode(at, { draining: !cluster.nodes[at]?.draining });
    case 2:
      return cluster.setNode(at, { schedulable: !cluster.nodes[at]?.schedulable });
    case 3:
    case 4:
      return cluster.crash(choose(cluster.containers.length));
    case 5:
      if (state === 'ready') cluster.setNode(at, { state: 'unreachable' });
      else if (state === 'unreachable') cluster.setNode(at, { state: 'ready' });
      return;
    case 6:
      cluster.service = { ...cluster.service, replicas: choose(7) };
      return;
    default:
      for (let i = choose(4); i >= 0; i -= 1) cluster.advance(choose(cluster.containers.length));
  }
}

/** Everything answers, every agent does its work, and time goes on until nothing changes any more. */
function settle(cluster: ClusterSimulator): ServicePlan {
  for (let turn = 0; turn < 600; turn += 1) {
    const plan = decide(cluster);
    let moved = false;
    for (let i = 0; i < cluster.containers.length; i += 1) moved = cluster.advance(i) || moved;
    if (!moved && isEmpty(plan)) {
      const waits = plan.lookAgainAt !== null && (plan.refusals.length === 0 || cluster.deploying);
      if (!waits) return plan;
      cluster.pass((plan.lookAgainAt?.getTime() ?? 0) - cluster.now.getTime());
    } else cluster.pass(500);
  }
  throw new Error(`It never settles: ${JSON.stringify(cluster.snapshot(), null, 1)}`);
}

function calm(cluster: ClusterSimulator): void {
  cluster.nodes.forEach((one, i) => {
    if (one.state === 'lost') cluster.returnNode(i);
    cluster.setNode(i, { state: 'ready', draining: false, schedulable: true });
  });
}

const chaos = fc.array(fc.nat(10_000), { minLength: 20, maxLength: 120 });

describe('the reconciler over whole histories', () => {
  it('converges to the wanted number of running containers whatever happened on the way', () => {
    fc.assert(
      fc.property(settings, chaos, (given, numbers) => {
        // Exits that policy lets stand are the tenant's wish, not a divergence.
        const cluster = clusterOf({ ...given, condition: 'always' });
        const choose = chooser(numbers);
        cluster.begin(deployment());
        for (let i = 0; i < 40; i += 1) {
          decide(cluster);
          disturb(cluster, choose);
          cluster.pass(choose(3_000));
        }
        calm(cluster);
        const plan = settle(cluster);
        const slots = given.hostPort ? 1 : given.room;
        const most = given.nodes * slots;
        const wanted = given.strategy === 'every-node' ? given.nodes : Math.min(cluster.service.replicas, most);
        const running = cluster.containers.filter((one) => one.state === 'running').length;
        expect(running).toBe(wanted);
        expect(plan.refusals).toHaveLength(given.strategy === 'every-node' ? 0 : refusedOf(cluster.service, most));
        expect(cluster.deploying).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  it('ends every redeploy, and calls it succeeded only when the target is what runs', () => {
    fc.assert(
      fc.property(settings, chaos, fc.boolean(), (given, numbers, calmly) => {
        const cluster = clusterOf(given);
        cluster.begin(deployment());
        settle(cluster);
        cluster.service = { ...cluster.service, revision: 2 };
        cluster.begin(deployment({ id: 'second', kind: 'redeploy', fromRevision: 1, toRevision: 2 }));
        const choose = chooser(numbers);
        for (let i = 0; i < 25 && !calmly; i += 1) {
          decide(cluster);
          disturb(cluster, choose);
          cluster.pass(choose(3_000));
        }
        calm(cluster);
        for (let turn = 0; cluster.deploying; turn += 1) {
          if (calmly) expect(upCount(cluster)).toBeGreaterThanOrEqual(leastUp(given));
          if (turn > 3_000) throw new Error(`It never ends: ${JSON.stringify(cluster.snapshot(), null, 1)}`);
          const plan = decide(cluster);
          let moved = false;
          for (let i = 0; i < cluster.containers.length; i += 1) moved = cluster.advance(i) || moved;
          const idle = !moved && isEmpty(plan) && plan.lookAgainAt !== null;
          cluster.pass(idle ? (plan.lookAgainAt?.getTime() ?? 0) - cluster.now.getTime() : 500);
        }
        const state = cluster.deployment?.state;
        expect(state !== undefined && deploymentEnded(state)).toBe(true);
        const living = cluster.containers.filter((one) => isAlive(one.state) && one.desired === 'running');
        if (state === 'succeeded') {
          for (const one of living) expect(one.revision).toBe(2);
        }
        if (calmly) expect(outcomes(given)).toContain(state);
        if (state === 'rolled-back') {
          for (const one of living) expect(one.revision).toBe(1);
          expect(cluster.service.revision).toBe(1);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('goes through stop, start, a new size and the end', () => {
    fc.assert(
      fc.property(settings, fc.integer({ min: 0, max: 6 }), (given, size) => {
        const cluster = clusterOf({ ...given, condition: 'always', room: 6, hostPort: false });
        cluster.begin(deployment());
        settle(cluster);
        const ids = running(cluster);
        cluster.service = { ...cluster.service, intent: 'stopped' };
        cluster.begin(deployment({ id: 'stop', kind: 'stop' }));
        expect(settle(cluster).state).toBe('stopped');
        expect(cluster.deployment?.state).toBe('succeeded');
        cluster.service = { ...cluster.service, intent: 'running' };
        cluster.begin(deployment({ id: 'start', kind: 'start' }));
        settle(cluster);
        expect(cluster.deployment?.state).toBe('succeeded');
        expect(running(cluster)).toEqual(ids);
        cluster.service = { ...cluster.service, replicas: size };
        cluster.begin(deployment({ id: 'scale', kind: 'scale' }));
        settle(cluster);
        expect(cluster.deployment?.state).toBe('succeeded');
        if (given.strategy !== 'every-node') expect(running(cluster)).toHaveLength(size);
        cluster.service = { ...cluster.service, intent: 'terminated' };
        cluster.begin(deployment({ id: 'end', kind: 'terminate' }));
        expect(settle(cluster).state).toBe('terminated');
        expect(cluster.deployment?.state).toBe('succeeded');
      }),
      { numRuns: 60 },
    );
  });
});

const running = (cluster: ClusterSimulator): string[] =>
  cluster.containers.filter((one) => one.state === 'running').map((one) => one.id);

const upCount = (cluster: ClusterSimulator): number =>
  cluster.containers.filter((one) => one.state === 'running' && one.health !== 'starting').length;

const slotsOf = (given: Settings): number => (given.strategy === 'every-node' ? given.nodes : given.replicas);

/** How many could run at once, were there nothing else. */
const roomOf = (given: Settings): number => given.nodes * (given.hostPort ? 1 : given.room);

/** How many must serve at any moment of an undisturbed redeploy. */
function leastUp(given: Settings): number {
  const slots = Math.min(slotsOf(given), roomOf(given));
  // One that comes up and then fails has been taken for good: the old one is gone by then.
  const neverUp = given.behaviour === 'no-image' || (given.behaviour === 'never-healthy' && given.hasHealthCheck);
  const pauses = neverUp && given.failureAction === 'pause' && given.maxFailureRatio === 0;
  const holds = given.behaviour === 'serves' || pauses;
  if (given.kind === 'recreate' || !holds || slots < slotsOf(given)) return 0;
  const startFirst = given.order === 'start-first' && !(given.strategy === 'every-node' && given.hostPort);
  if (startFirst) return slots;
  const atOnce = given.sequential ? 1 : given.parallelism;
  return atOnce === 0 ? 0 : Math.max(0, slots - atOnce);
}

/** How an undisturbed redeploy may end. */
function outcomes(given: Settings): string[] {
  const slots = slotsOf(given);
  if (slots === 0) return ['succeeded'];
  const works =
    given.behaviour === 'serves' ||
    (given.behaviour === 'job' && given.condition !== 'always') ||
    (given.behaviour === 'never-healthy' && !given.hasHealthCheck);
  const unhappy = ['failed', 'paused', 'rolled-back'];
  if (!works) return unhappy;
  // With no room to spare a start-first rollout may find no place for the new beside the old.
  const tight = roomOf(given) < slots + (given.order === 'start-first' && given.kind === 'rolling' ? slots : 0);
  const perNode = given.strategy === 'every-node' && given.order === 'start-first' && given.room < 2;
  return tight || perNode ? ['succeeded', ...unhappy] : ['succeeded'];
}

const refusedOf = ({ replicas, sequential }: ServiceView, most: number): number =>
  Math.min(sequential ? 1 : Infinity, Math.max(0, replicas - most));
