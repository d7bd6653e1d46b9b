import { reconcileService } from '../reconcile/service.reconcile.js';
import type { ContainerView, DeploymentView, ServicePlan, ServiceSnapshot } from '../snapshot.js';
import { after, container, deployment, ended, node, revision, service, snapshot, unborn } from '../testing/views.js';

type Rollout = Parameters<typeof service>[0] extends infer P | undefined
  ? P extends { rollout?: infer R }
    ? R
    : never
  : never;

const move: DeploymentView = deployment({ kind: 'redeploy', fromRevision: 1, toRevision: 2 });
const fresh = (ordinal: number, patch: Partial<ContainerView> = {}) =>
  container(ordinal, {
    id: `n${ordinal}`,
    revision: 2,
    nodeId: 'id-b',
    deploymentId: move.id,
    createdAt: after(1),
    ...patch,
  });
const leaving = (ordinal: number) => container(ordinal, { desired: 'removed', state: 'stopping' });
const redeploy = (rollout: Rollout, containers: ContainerView[], patch: Partial<ServiceSnapshot> = {}): ServicePlan =>
  reconcileService(
    snapshot({ service: service({ replicas: 3, revision: 2, rollout }), deployment: move, containers, ...patch }),
  );
const old = [1, 2, 3].map((i) => container(i));
const creates = (plan: ServicePlan) => plan.create.map((create) => [create.ordinal, create.revision]);
const removes = (plan: ServicePlan) => plan.change.map((change) => change.containerId);

describe('recreate', () => {
  const kind = { kind: 'recreate' as const };

  it('stops all of the old, waits until none lives, then makes all new', () => {
    const first = redeploy(kind, old);
    expect([creates(first), removes(first)]).toEqual([[], ['c1', 'c2', 'c3']]);
    expect(creates(redeploy(kind, [leaving(1)]))).toEqual([]);
    const next = redeploy(kind, [{ ...leaving(1), state: 'removed' }]);
    expect(creates(next)).toEqual([
      [1, 2],
      [2, 2],
      [3, 2],
    ]);
  });

  it('stops nothing when the new ones could not be placed', () => {
    const refused = redeploy(kind, old, { revisions: [revision(1), revision(2, { milliCpu: 9_000 })] });
    expect([creates(refused), removes(refused)]).toEqual([[], []]);
    expect(refused.deployment).toMatchObject({
      state: 'paused',
      message: 'Container "web-1" cannot be placed: 3 nodes have too few CPUs.',
    });
  });
});

describe('rolling, stop-first', () => {
  it('changes as many slots at once as it may', () => {
    const first = redeploy({ parallelism: 2 }, old);
    expect([creates(first), removes(first)]).toEqual([[], ['c1', 'c2']]);
    expect(removes(redeploy({ parallelism: 0 }, old))).toHaveLength(3);
    const waits = redeploy({ parallelism: 1 }, [leaving(1), ...old.slice(1)]);
    expect([creates(waits), removes(waits)]).toEqual([[], []]);
    const filled = redeploy({ parallelism: 1 }, [{ ...leaving(1), state: 'exited' }, ...old.slice(1)]);
    expect([creates(filled), removes(filled)]).toEqual([[[1, 2]], []]);
    const coming = redeploy({ parallelism: 1 }, [fresh(1, { state: 'starting' }), ...old.slice(1)]);
    expect([creates(coming), removes(coming)]).toEqual([[], []]);
    expect(removes(redeploy({ parallelism: 1 }, [fresh(1), ...old.slice(1)]))).toEqual(['c2']);
  });

  it('replaces first what serves nobody', () => {
    const down = redeploy({}, [container(1), container(2), ended(3, 1)]);
    expect([creates(down), removes(down)]).toEqual([[[3, 2]], ['c3']]);
  });

  it('waits between batches from when the last slot came up', () => {
    const containers = [fresh(1), ...old.slice(1)];
    const now = after(10_000);
    const up = redeploy({ delayMs: 4_000 }, containers, { now });
    expect(up).toMatchObject({ change: [], lookAgainAt: after(14_000), deployment: { lastProgressAt: now } });
    const later = { ...move, progressSlots: 1, lastProgressAt: now };
    expect(removes(redeploy({ delayMs: 4_000 }, containers, { now: after(14_000), deployment: later }))).toEqual([
      'c2',
    ]);
  });

  it('waits for health where there is a check', () => {
    const revisions = [revision(1), revision(2, { hasHealthCheck: true })];
    const containers = [fresh(1, { health: 'starting' }), ...old.slice(1)];
    expect(removes(redeploy({}, containers, { revisions }))).toEqual([]);
  });

  it('replaces everything even when the revision stays the same', () => {
    const same = { deployment: { ...move, fromRevision: 1, toRevision: 1 } };
    const plan = redeploy({}, old, { ...same, service: service({ replicas: 3, revision: 1 }) });
    expect([removes(plan), plan.synchronized]).toEqual([['c1'], false]);
  });
});

describe('rolling, start-first', () => {
  const order = { order: 'start-first' as const };

  it('makes the new one beside the old and removes the old when the new is up', () => {
    const first = redeploy(order, old);
    expect([creates(first), removes(first)]).toEqual([[[1, 2]], []]);
    const coming = redeploy(order, [...old, fresh(1, { state: 'pulling' })]);
    expect([creates(coming), removes(coming)]).toEqual([[], []]);
    const up = redeploy(order, [...old, fresh(1)]);
    expect([creates(up), removes(up)]).toEqual([[[2, 2]], ['c1']]);
  });

  it('is stop-first where one node cannot hold both', () => {
    const port = { hostPorts: [{ hostPort: 80, protocol: 'tcp' as const }] };
    const given = {
      service: service({ revision: 2, placement: { strategy: 'every-node' }, rollout: order }),
      revisions: [revision(1, port), revision(2, port)],
      nodes: [node('a', { usedHostPorts: port.hostPorts })],
    };
    const plan = redeploy(order, [container(1)], given);
    expect([creates(plan), removes(plan)]).toEqual([[], ['c1']]);
  });
});

describe('a redeploy that fails', () => {
  const broken = [unborn(1, 'No such image.', { ...fresh(1), state: 'failed', startedAt: null }), ...old.slice(1)];

  it('pauses, and leaves old and new as they are', () => {
    const plan = redeploy({}, broken);
    expect(plan.deployment).toMatchObject({
      state: 'paused',
      message: expect.stringMatching(/^Container "web-1" failed/),
    });
    expect(plan).toMatchObject({ create: [], state: 'partly-running' });
    expect(plan.change.map((change) => change.desired)).toEqual(['running']);
    expect(redeploy({}, old, { deployment: { ...move, state: 'paused' } })).toMatchObject({ create: [], change: [] });
  });

  it('tries again what never came to run while it is paused, after a back-off, and takes no other slot', () => {
    const failedAt = (at: Date) => [{ ...broken[0]!, failedAt: at }, ...old.slice(1)];
    const paused = { deployment: { ...move, state: 'paused' as const } };
    const early = redeploy({}, failedAt(after(0)), { ...paused, now: after(4_999) });
    expect(early).toMatchObject({ create: [], change: [], lookAgainAt: after(5_000) });
    const again = redeploy({}, failedAt(after(0)), { ...paused, now: after(5_000) });
    expect([creates(again), removes(again)]).toEqual([[[1, 2]], [broken[0]!.id]]);
    // What is asked for is judged no more: the deployment stays paused, for its user to see.
    expect(again.deployment).toBeNull();
    const up = redeploy({}, [fresh(1), ...old.slice(1)], paused);
    expect(up).toMatchObject({ create: [], change: [], state: 'running', deployment: null });
  });

  it('fails when it is paused for longer than its deadline', () => {
    const plan = redeploy({}, old, { now: after(600_000), deployment: { ...move, state: 'paused' } });
    expect(plan.deployment).toMatchObject({ state: 'failed', message: null });
  });

  it('turns back when told so, and is rolled back when the former revision has run for the monitor time', () => {
    const back = redeploy({ failureAction: 'rollback' }, broken);
    expect(back.deployment).toMatchObject({ state: 'rolling-back', rollingBack: true, serviceRevision: 1 });
    expect(creates(back)).toEqual([[1, 1]]);
    expect(removes(back)).toEqual(['n1']);
    const turning = { ...move, state: 'rolling-back' as const, rollingBack: true };
    const former = { service: service({ replicas: 3, revision: 1, rollout: { failureAction: 'rollback' } }) };
    expect(redeploy({}, old, { ...former, deployment: turning }).deployment).toMatchObject({ completeSince: after(0) });
    const watched = { ...turning, completeSince: after(0), progressSlots: 3 };
    const done = redeploy({}, old, { ...former, deployment: watched, now: after(5_000) });
    expect(done).toMatchObject({ deployment: { state: 'rolled-back' }, state: 'running', synchronized: true });
  });

  it('never rolls a rollback back', () => {
    const turning = { ...move, state: 'rolling-back' as const, rollingBack: true };
    const bad = [{ ...unborn(1, 'No space left.'), deploymentId: move.id }, ...old.slice(1)];
    const given = service({ replicas: 3, revision: 1, rollout: { failureAction: 'rollback' } });
    expect(redeploy({}, bad, { service: given, deployment: turning }).deployment).toMatchObject({
      state: 'failed',
      message: 'Going back to the former revision failed. Container "web-1" failed: No space left.',
    });
  });

  it('goes on when told so, tries again after a wait, and fails at its deadline', () => {
    const given = { failureAction: 'continue' as const };
    const plan = redeploy(given, broken);
    expect(removes(plan)).toEqual(['n1', 'c2']);
    expect(plan.deployment).toBeNull();
    expect(plan.lookAgainAt).toEqual(after(5_000));
    const late = redeploy(given, broken, { now: after(600_000) });
    expect(late.deployment).toMatchObject({
      state: 'failed',
      message: expect.stringMatching(/^Container "web-\d" .*\.$/),
    });
  });

  it.each([
    ['an exit with another code than 0', ended(1, 2, { ...fresh(1), state: 'exited', exitCode: 2 })],
    ['a restart by its policy', fresh(1, { incarnation: 2 })],
    ['bad health', fresh(1, { health: 'unhealthy' })],
    ['being late', fresh(1, { state: 'pulling', createdAt: after(-600_000) })],
  ])('counts %s', (_case, failing) => {
    const plan = redeploy({}, [failing, ...old.slice(1)]);
    expect(plan.deployment).toMatchObject({
      state: 'paused',
      message: expect.stringMatching(/^Container "web-1" .*\.$/),
    });
  });

  it('tolerates failures up to its ratio', () => {
    expect(redeploy({ maxFailureRatio: 0.34 }, broken).deployment?.state ?? 'in-progress').toBe('in-progress');
    expect(redeploy({ maxFailureRatio: 0.3 }, broken).deployment?.state).toBe('paused');
  });
});

describe('a redeploy that succeeds', () => {
  const all = [1, 2, 3].map((i) => fresh(i));

  it('does so after the monitor time, counted from when all was complete', () => {
    const complete = redeploy({ monitorMs: 7_000 }, all);
    expect(complete).toMatchObject({ deployment: { completeSince: after(0) }, lookAgainAt: after(7_000) });
    const watched = { ...move, completeSince: after(0), progressSlots: 3 };
    expect(redeploy({ monitorMs: 7_000 }, all, { now: after(6_999), deployment: watched }).deployment).toBeNull();
    const done = redeploy({ monitorMs: 7_000 }, all, { now: after(7_000), deployment: watched });
    expect(done).toMatchObject({ deployment: { state: 'succeeded' }, state: 'running', synchronized: true });
  });

  it('starts counting again when a slot was down meanwhile', () => {
    const watched = { ...move, completeSince: after(0), progressSlots: 3 };
    const containers = [...all.slice(1), fresh(1, { state: 'starting' })];
    expect(redeploy({}, containers, { deployment: watched }).deployment).toMatchObject({ completeSince: null });
  });

  it('is not green while anything old lives', () => {
    expect(redeploy({}, [...all, leaving(1)]).deployment).toMatchObject({ completeSince: null, state: 'in-progress' });
  });

  it('takes jobs that ended well for deployed', () => {
    const jobs = [1, 2, 3].map((i) => fresh(i, { state: 'exited', exitCode: 0, finishedAt: after(2) }));
    expect(redeploy({ monitorMs: 0 }, jobs).deployment?.state).toBe('succeeded');
  });
});
