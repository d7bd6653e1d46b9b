import fc from 'fast-check';
import type { ClusterSimulator } from '../testing/cluster.simulator.js';
import { clusterOf, decide, isEmpty, settings, settle } from '../testing/histories.js';
import { deployment } from '../testing/views.js';

const routing = { patienceMs: 15_000, edgesLive: true };

/** One that serves, with room for everything twice. */
const servingCluster = (given: Parameters<typeof clusterOf>[0]): ClusterSimulator => {
  const steady = { behaviour: 'serves' as const, condition: 'always' as const, hostPort: false, room: 12 };
  const cluster = clusterOf({ ...given, ...steady, nodes: Math.max(2, given.nodes), routed: routing });
  cluster.begin(deployment());
  settle(cluster);
  return cluster;
};

/** Decides and lets agents and edges follow, edges in only some of the turns, until all is quiet. */
function follow(cluster: ClusterSimulator, edgesAnswer: readonly boolean[], look: () => void): void {
  for (let turn = 0; turn < 2_000; turn += 1) {
    const plan = decide(cluster);
    look();
    const answers = edgesAnswer[turn % edgesAnswer.length] ?? false;
    let moved = answers && cluster.confirmPool();
    for (let i = 0; i < cluster.containers.length; i += 1) moved = cluster.advance(i) || moved;
    look();
    if (!moved && isEmpty(plan) && plan.lookAgainAt === null) return;
    cluster.pass(500);
  }
  throw new Error(`It never comes to rest: ${JSON.stringify(cluster.snapshot(), null, 1)}`);
}

const answers = fc.array(fc.boolean(), { minLength: 1, maxLength: 6 }).map((list) => [...list, true]);

describe('what edges send requests to', () => {
  it('is never fewer than wanted while a node is drained', () => {
    fc.assert(
      fc.property(settings, answers, (given, edgesAnswer) => {
        fc.pre(given.strategy !== 'every-node');
        const cluster = servingCluster(given);
        const wanted = cluster.inPool().length;
        cluster.setNode(0, { draining: true, schedulable: false });
        follow(cluster, edgesAnswer, () => expect(cluster.inPool().length).toBeGreaterThanOrEqual(wanted));
        expect(cluster.inPool().filter((one) => one.nodeId === cluster.nodes[0]?.id)).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  it('is never fewer than wanted while a rebalance moves containers, one after the other or several', () => {
    fc.assert(
      fc.property(
        settings,
        answers,
        fc.array(fc.nat(5), { minLength: 1, maxLength: 4 }),
        (given, edgesAnswer, asked) => {
          fc.pre(given.strategy !== 'every-node');
          const cluster = servingCluster(given);
          const wanted = cluster.inPool().length;
          for (const index of asked) cluster.move(index, (index + 1) % cluster.nodes.length);
          const goals = cluster.containers.filter((one) => one.moveTo !== null).map((one) => one.moveTo);
          follow(cluster, edgesAnswer, () => expect(cluster.inPool().length).toBeGreaterThanOrEqual(wanted));
          expect(cluster.inPool()).toHaveLength(wanted);
          expect(cluster.containers.filter((one) => one.moveTo !== null && one.state !== 'removed')).toEqual([]);
          for (const nodeId of new Set(goals)) {
            const there = cluster.inPool().filter((one) => one.nodeId === nodeId).length;
            expect(there).toBeGreaterThanOrEqual(goals.filter((goal) => goal === nodeId).length);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('is never fewer than what stays while a service changes its size', () => {
    fc.assert(
      fc.property(settings, answers, fc.integer({ min: 0, max: 6 }), (given, edgesAnswer, size) => {
        fc.pre(given.strategy !== 'every-node');
        const cluster = servingCluster(given);
        const least = Math.min(cluster.inPool().length, size);
        cluster.service = { ...cluster.service, replicas: size };
        cluster.begin(deployment({ id: 'scale', kind: 'scale' }));
        follow(cluster, edgesAnswer, () => expect(cluster.inPool().length).toBeGreaterThanOrEqual(least));
        expect(cluster.inPool()).toHaveLength(size);
        expect(cluster.deployment?.state).toBe('succeeded');
      }),
      { numRuns: 40 },
    );
  });

  it('never holds up anything for longer than the patience with edges that do not answer', () => {
    fc.assert(
      fc.property(settings, (given) => {
        const cluster = servingCluster(given);
        cluster.service = { ...cluster.service, intent: 'stopped' };
        cluster.begin(deployment({ id: 'stop', kind: 'stop' }));
        const began = cluster.now.getTime();
        follow(cluster, [false], () => {});
        expect(cluster.deployment?.state).toBe('succeeded');
        expect(cluster.now.getTime() - began).toBeLessThanOrEqual(routing.patienceMs + 5_000);
      }),
      { numRuns: 40 },
    );
  });
});
