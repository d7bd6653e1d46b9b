import fc from 'fast-check';
import { isAlive } from '#libs/domain/container/state.js';
import { deploymentEnded } from '#libs/domain/deployment/state.js';
import type { ServiceView } from '../snapshot.js';
import { chooser, type ClusterSimulator } from '../testing/cluster.simulator.js';
import { calm, clusterOf, decide, disturb, isEmpty, settings, settle, type Settings } from '../testing/histories.js';
import { deployment } from '../testing/views.js';

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
          if (calmly) expect(servingCount(cluster)).toBeGreaterThanOrEqual(leastUp(given));
          if (turn > 3_000) throw new Error(`It never ends: ${JSON.stringify(cluster.snapshot(), null, 1)}`);
          const plan = decide(cluster);
          // Before the edges follow, too: nothing leaves on account of one that they do not know yet.
          if (calmly) expect(servingCount(cluster)).toBeGreaterThanOrEqual(leastUp(given));
          let moved = cluster.confirmPool();
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

/** What serves: with edges what all of them send requests to, else what is up. */
const servingCount = (cluster: ClusterSimulator): number =>
  cluster.service.routing?.edgesLive
    ? cluster.inPool().length
    : cluster.containers.filter((one) => one.state === 'running' && one.health !== 'starting').length;

const slotsOf = (given: Settings): number => (given.strategy === 'every-node' ? given.nodes : given.replicas);

const surgeFor = (given: Settings, slots: number): number =>
  given.sequential ? 1 : given.parallelism === 0 ? slots : Math.min(slots, given.parallelism);

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
  const byItself = given.order === 'automatic' && given.routed !== null && !given.hostPort;
  const startFirst = given.order === 'start-first' || byItself;
  const roomForBoth = given.order === 'start-first' || roomOf(given) >= slots + surgeFor(given, slots);
  if (startFirst && roomForBoth && !(given.strategy === 'every-node' && given.hostPort)) return slots;
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
  const beside = given.order === 'start-first' || (given.order === 'automatic' && given.routed !== null);
  const tight = roomOf(given) < slots + (beside && given.kind === 'rolling' ? slots : 0);
  const perNode = given.strategy === 'every-node' && beside && given.room < 2;
  return tight || perNode ? ['succeeded', ...unhappy] : ['succeeded'];
}

const refusedOf = ({ replicas, sequential }: ServiceView, most: number): number =>
  Math.min(sequential ? 1 : Infinity, Math.max(0, replicas - most));
