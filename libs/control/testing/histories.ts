import fc from 'fast-check';
import { isAlive } from '#libs/domain/container/state.js';
import { reconcileService } from '../reconcile/service.reconcile.js';
import type { ContainerView, RoutingView, ServicePlan, ServiceSnapshot } from '../snapshot.js';
import { ClusterSimulator, type Behaviour, type Choose } from './cluster.simulator.js';
import { node, revision, service } from './views.js';

/** Whole histories of one service in a simulated cluster, with everything that must hold at any moment of them. */

export const settings = fc.record({
  replicas: fc.integer({ min: 0, max: 6 }),
  strategy: fc.constantFrom('emptiest-node' as const, 'high-availability' as const, 'every-node' as const),
  condition: fc.constantFrom('never' as const, 'on-failure' as const, 'always' as const),
  autodestroy: fc.constantFrom('never' as const, 'never' as const, 'on-success' as const, 'always' as const),
  sequential: fc.boolean(),
  hasHealthCheck: fc.boolean(),
  hostPort: fc.boolean(),
  kind: fc.constantFrom('recreate' as const, 'rolling' as const, 'rolling' as const),
  parallelism: fc.integer({ min: 0, max: 3 }),
  order: fc.constantFrom('automatic' as const, 'stop-first' as const, 'start-first' as const),
  failureAction: fc.constantFrom('pause' as const, 'rollback' as const, 'continue' as const),
  maxFailureRatio: fc.constantFrom(0, 0.4),
  delayMs: fc.constantFrom(0, 2_000),
  nodes: fc.integer({ min: 1, max: 4 }),
  room: fc.integer({ min: 1, max: 4 }),
  routed: fc.constantFrom<RoutingView | null>(
    null,
    { patienceMs: 15_000, edgesLive: true },
    { patienceMs: 15_000, edgesLive: false },
  ),
  behaviour: fc.constantFrom<Behaviour>('serves', 'serves', 'job', 'crashes', 'no-image', 'never-healthy'),
});
export type Settings = typeof settings extends fc.Arbitrary<infer T> ? T : never;

export function clusterOf(s: Settings): ClusterSimulator {
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
      routing: s.routed,
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

export const isEmpty = (plan: ServicePlan): boolean =>
  plan.create.length === 0 && plan.change.length === 0 && plan.deployment === null;

/** One decision with everything that must hold of any. */
export function decide(cluster: ClusterSimulator): ServicePlan {
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
  const draining = cluster.nodes.some((one) => one.draining) || before.containers.some((one) => one.moveTo !== null);
  const { order, kind } = cluster.service.rollout;
  const surges = draining || (order !== 'stop-first' && kind === 'rolling' && cluster.deployment?.kind === 'redeploy');
  // A node that comes back may bring more than that; a plan never adds to it.
  const most = Math.max(wanted + (surges ? surgeOf(cluster) : 0), meantToLive(before.containers));
  if (meantToLive(cluster.containers) > most) {
    throw new Error(`More than ${most}: ${JSON.stringify({ before, plan }, null, 1)}`);
  }
  if (cluster.droppedRequests().length > 0)
    throw new Error(`Stopped in the pool: ${JSON.stringify({ before, plan }, null, 1)}`);
  for (const one of before.containers) leavesInOrder(one, plan, before);
  return plan;
}

/** What leaves the pool is told to end only when edges have confirmed, had their time, or there is nothing to serve. */
function leavesInOrder(one: ContainerView, plan: ServicePlan, snapshot: ServiceSnapshot): void {
  const { now, nodes } = snapshot;
  const { routing } = snapshot.service;
  const change = plan.change.find((each) => each.containerId === one.id);
  if (one.pool !== 'leaving' || change?.pool !== 'out' || !routing?.edgesLive) return;
  const overdue = now.getTime() - (one.poolChangedAt?.getTime() ?? 0) >= routing.patienceMs;
  const serves = one.state === 'running' && nodes.some((each) => each.id === one.nodeId && each.state !== 'lost');
  if (serves && !one.poolSettled && !overdue) throw new Error(`Stopped before it had left: ${JSON.stringify(one)}`);
}

export function disturb(cluster: ClusterSimulator, choose: Choose): void {
  const at = choose(cluster.nodes.length);
  const state = cluster.nodes[at]?.state;
  switch (choose(17)) {
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
    case 7:
      cluster.confirmPool();
      return;
    case 8:
      cluster.setEdges(choose(4) > 0);
      return;
    case 9:
      return cluster.move(choose(cluster.containers.length), choose(cluster.nodes.length));
    default:
      for (let i = choose(4); i >= 0; i -= 1) cluster.advance(choose(cluster.containers.length));
  }
}

/** Everything answers, every agent does its work, and time goes on until nothing changes any more. */
export function settle(cluster: ClusterSimulator): ServicePlan {
  for (let turn = 0; turn < 600; turn += 1) {
    const plan = decide(cluster);
    let moved = cluster.confirmPool();
    for (let i = 0; i < cluster.containers.length; i += 1) moved = cluster.advance(i) || moved;
    if (!moved && isEmpty(plan)) {
      const waits = plan.lookAgainAt !== null && (plan.refusals.length === 0 || cluster.deploying);
      if (!waits) return plan;
      cluster.pass((plan.lookAgainAt?.getTime() ?? 0) - cluster.now.getTime());
    } else cluster.pass(500);
  }
  throw new Error(`It never settles: ${JSON.stringify(cluster.snapshot(), null, 1)}`);
}

export function calm(cluster: ClusterSimulator): void {
  cluster.nodes.forEach((one, i) => {
    if (one.state === 'lost') cluster.returnNode(i);
    cluster.setNode(i, { state: 'ready', draining: false, schedulable: true });
  });
}
