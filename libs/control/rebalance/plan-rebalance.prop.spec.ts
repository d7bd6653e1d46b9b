import fc from 'fast-check';
import { demand, node, service } from '../testing/views.js';
import { planRebalance, type RebalancePlan, type RebalanceSnapshot } from './plan-rebalance.js';

const port = { hostPort: 80, protocol: 'tcp' as const };

const situations = fc.record({
  nodes: fc.array(
    fc.record({
      milliCpu: fc.integer({ min: 1, max: 12 }),
      maxContainers: fc.integer({ min: 3, max: 12 }),
      // Of other projects.
      foreign: fc.integer({ min: 0, max: 4 }),
      state: fc.constantFrom('ready' as const, 'ready' as const, 'ready' as const, 'suspect' as const, 'lost' as const),
      draining: fc.constantFrom(false, false, false, true),
      tagged: fc.boolean(),
    }),
    { minLength: 1, maxLength: 5 },
  ),
  services: fc.array(
    fc.record({
      strategy: fc.constantFrom('emptiest-node' as const, 'high-availability' as const),
      tagged: fc.boolean(),
      hostPort: fc.boolean(),
      // Where each container is, and whether it may be moved.
      at: fc.array(fc.tuple(fc.nat(4), fc.boolean()), { maxLength: 6 }),
    }),
    { maxLength: 4 },
  ),
});
type Situation = typeof situations extends fc.Arbitrary<infer T> ? T : never;

function snapshotOf({ nodes, services }: Situation): RebalanceSnapshot {
  const groups = services.map((one, s) => ({
    service: service({
      id: `s${s}`,
      name: `s${s}`,
      placement: { strategy: one.strategy, tags: one.tagged ? ['t'] : [] },
    }),
    containers: one.at.map(([at, free], c) => ({
      id: `s${s}c${c}`,
      name: `s${s}-${c + 1}`,
      nodeId: `id-n${at % nodes.length}`,
      demand: demand({ milliCpu: 1_000, hostPorts: one.hostPort ? [port] : [] }),
      stays: free ? null : 'It has volumes.',
    })),
  }));
  return {
    services: groups,
    nodes: nodes.map((one, n) => {
      const here = groups.flatMap((group) => group.containers).filter(({ nodeId }) => nodeId === `id-n${n}`);
      return node(`n${n}`, {
        ...{
          state: one.state,
          draining: one.draining,
          tags: one.tagged ? ['t'] : [],
          maxContainers: one.maxContainers,
        },
        milliCpu: one.milliCpu * 1_000,
        usedMilliCpu: (here.length + one.foreign) * 1_000,
        usedContainers: here.length + one.foreign,
        usedHostPorts: here.flatMap((container) => container.demand.hostPorts),
      });
    }),
  };
}

/** What is when all moves are done. */
function after(snapshot: RebalanceSnapshot, { moves }: RebalancePlan): RebalanceSnapshot {
  const to = new Map(moves.map((move) => [move.containerId, move.toNodeId]));
  const services = snapshot.services.map((group) => ({
    ...group,
    containers: group.containers.map((one) => ({ ...one, nodeId: to.get(one.id) ?? one.nodeId })),
  }));
  const gone = (id: string) => moves.filter((move) => move.fromNodeId === id).length;
  const come = (id: string) => moves.filter((move) => move.toNodeId === id).length;
  const nodes = snapshot.nodes.map((one) => ({
    ...one,
    usedContainers: one.usedContainers + come(one.id) - gone(one.id),
    usedMilliCpu: one.usedMilliCpu + (come(one.id) - gone(one.id)) * 1_000,
    usedHostPorts: services
      .flatMap((group) => group.containers)
      .filter(({ nodeId }) => nodeId === one.id)
      .flatMap((container) => container.demand.hostPorts),
  }));
  return { nodes, services };
}

const squares = (counts: readonly number[]): number => counts.reduce((sum, n) => sum + n * n, 0);
const unevenness = ({ nodes }: RebalanceSnapshot): number => squares(nodes.map((one) => one.usedContainers));
const clustering = ({ nodes, services }: RebalanceSnapshot): number[] =>
  services
    .filter(({ service: one }) => one.placement.strategy === 'high-availability')
    .map(({ containers }) => squares(nodes.map(({ id }) => containers.filter(({ nodeId }) => nodeId === id).length)));
const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);

describe('a plan that evens nodes out', () => {
  it('keeps its budget, moves each container once and never what stays', () => {
    fc.assert(
      fc.property(situations, fc.nat(6), (given, budget) => {
        const snapshot = snapshotOf(given);
        const { moves } = planRebalance(snapshot, budget);
        expect(moves.length).toBeLessThanOrEqual(budget);
        expect(new Set(moves.map((move) => move.containerId)).size).toBe(moves.length);
        const containers = snapshot.services.flatMap((group) => group.containers);
        for (const move of moves) {
          const one = containers.find(({ id }) => id === move.containerId);
          expect([one?.stays, one?.nodeId]).toEqual([null, move.fromNodeId]);
          expect(move.reason).toMatch(/^Container ".+" goes from .+\.$/);
        }
      }),
    );
  });

  it('never makes a spread worse, and each move makes one better', () => {
    fc.assert(
      fc.property(situations, fc.nat(6), (given, budget) => {
        const snapshot = snapshotOf(given);
        const plan = planRebalance(snapshot, budget);
        let [all, own] = [unevenness(snapshot), clustering(snapshot)];
        for (let n = 1; n <= plan.moves.length; n += 1) {
          const next = after(snapshot, { ...plan, moves: plan.moves.slice(0, n) });
          expect(unevenness(next)).toBeLessThanOrEqual(all);
          clustering(next).forEach((value, i) => expect(value).toBeLessThanOrEqual(own[i] ?? 0));
          expect(unevenness(next) + sum(clustering(next))).toBeLessThan(all + sum(own));
          [all, own] = [unevenness(next), clustering(next)];
        }
      }),
    );
  });

  it('gives no node more than it has room for, even while nothing has left yet', () => {
    fc.assert(
      fc.property(situations, fc.nat(8), (given, budget) => {
        const snapshot = snapshotOf(given);
        const { moves } = planRebalance(snapshot, budget);
        for (const one of snapshot.nodes) {
          const come = moves.filter((move) => move.toNodeId === one.id);
          if (come.length === 0) continue;
          expect([one.state, one.draining]).toEqual(['ready', false]);
          expect(one.usedMilliCpu + come.length * 1_000).toBeLessThanOrEqual(one.milliCpu);
          expect(one.usedContainers + come.length).toBeLessThanOrEqual(one.maxContainers);
          const tagged = come.filter((move) => given.services[Number(move.serviceId.slice(1))]?.tagged);
          if (tagged.length > 0) expect(one.tags).toContain('t');
          const ports = come.filter((move) => given.services[Number(move.serviceId.slice(1))]?.hostPort).length;
          if (ports > 0) expect(one.usedHostPorts.length + ports).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it('comes to an end: what was planned and done leaves nothing to plan after a while', () => {
    fc.assert(
      fc.property(situations, fc.integer({ min: 1, max: 3 }), (given, budget) => {
        let snapshot = snapshotOf(given);
        for (let round = 0; round < 200; round += 1) {
          const plan = planRebalance(snapshot, budget);
          if (plan.moves.length === 0) return;
          snapshot = after(snapshot, plan);
        }
        throw new Error('It never ends.');
      }),
    );
  });

  it('is the same for the same question', () => {
    fc.assert(
      fc.property(situations, fc.nat(6), (given, budget) => {
        expect(planRebalance(snapshotOf(given), budget)).toEqual(planRebalance(snapshotOf(given), budget));
      }),
      { numRuns: 30 },
    );
  });
});
