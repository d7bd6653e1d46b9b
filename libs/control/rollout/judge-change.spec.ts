import { reconcileService } from '../reconcile/service.reconcile.js';
import type { ContainerView, ServiceSnapshot } from '../snapshot.js';
import { after, container, deployment, ended, node, revision, service, snapshot, unborn } from '../testing/views.js';

const own = { deploymentId: 'deployment' };
const verdict = (patch: Partial<ServiceSnapshot>) =>
  reconcileService(snapshot({ service: service({ replicas: 2 }), deployment: deployment(), ...patch })).deployment;
const two = (second: ContainerView, patch: Partial<ServiceSnapshot> = {}) =>
  verdict({ containers: [container(1, own), second], ...patch });

describe('a creation, start or change of size', () => {
  it('has succeeded as soon as all are up', () => {
    expect(two(container(2, own))?.state).toBe('succeeded');
    expect(two(container(2, { ...own, state: 'starting' }))?.state).toBe('in-progress');
  });

  it('waits for health where there is a check', () => {
    const revisions = [revision(1, { hasHealthCheck: true })];
    const containers = [1, 2].map((i) => container(i, { ...own, health: i === 1 ? 'healthy' : 'starting' }));
    expect(verdict({ revisions, containers })).toMatchObject({ state: 'in-progress', progressSlots: 1 });
  });

  it('counts a job that ended with code 0', () => {
    expect(two(ended(2, 0, own))?.state).toBe('succeeded');
    const destroyed = ended(2, 0, { ...own, desired: 'removed', state: 'removed', autodestroyed: true });
    expect(two(destroyed)?.state).toBe('succeeded');
  });

  it('says which container failed and why', () => {
    expect(two(unborn(2, 'No such image: web:9', own))).toMatchObject({
      state: 'failed',
      message: 'Container "web-2" failed: No such image: web:9.',
    });
    expect(two(ended(2, 3, own))).toMatchObject({ state: 'failed', message: 'Container "web-2" exited with code 3.' });
  });

  it('judges only when the others have had their chance', () => {
    const containers = [container(1, { ...own, state: 'pulling' }), unborn(2, 'Port taken.', own)];
    expect(verdict({ containers })).toBeNull();
    expect(verdict({ containers, service: service({ replicas: 3, sequential: true }) })).toBeNull();
  });

  it('fails at once when the rest of a sequential service can never be begun', () => {
    const containers = [unborn(1, 'Port taken.', own)];
    expect(verdict({ containers, service: service({ replicas: 3, sequential: true }) })?.state).toBe('failed');
  });

  it('fails when no node can ever take a container, and waits when one might', () => {
    const asked = service({ replicas: 2, placement: { tags: ['ssd'] } });
    expect(verdict({ service: asked })).toMatchObject({
      state: 'failed',
      message: 'Container "web-1" cannot be placed: 3 nodes lack the tag "ssd".',
    });
    expect(verdict({ nodes: [node('a', { schedulable: false })] })).toBeNull();
  });

  it('fails at its deadline, naming the slot and what it waits for', () => {
    const stored = deployment({ progressSlots: 1, deadlineAt: after(9) });
    expect(two(container(2, { ...own, state: 'pulling' }), { now: after(9), deployment: stored })).toMatchObject({
      state: 'failed',
      message: 'Container "web-2" did not come up in time: it is still pulling its image.',
    });
  });

  it('moves its deadline on with every slot that comes up, and not otherwise', () => {
    const one = { containers: [container(1, own), container(2, { ...own, state: 'starting' })], now: after(500_000) };
    expect(verdict(one)).toMatchObject({ progressSlots: 1, deadlineAt: after(500_000 + 605_000) });
    expect(verdict({ ...one, deployment: deployment({ progressSlots: 1 }) })).toBeNull();
  });

  it('lets a scale be, whatever ended before it', () => {
    const scale = deployment({ id: 'scale', kind: 'scale' });
    expect(verdict({ deployment: scale, containers: [ended(1, 1), container(2)] })?.state).toBe('succeeded');
  });

  it('takes a scale down for done when what had to go lives no more', () => {
    const scale = { deployment: deployment({ id: 'scale', kind: 'scale' }), service: service({ replicas: 1 }) };
    const going = container(2, { desired: 'removed', state: 'stopping' });
    expect(verdict({ ...scale, containers: [container(1), container(2)] })?.state).not.toBe('succeeded');
    expect(verdict({ ...scale, containers: [container(1), going] })?.state).not.toBe('succeeded');
    expect(verdict({ ...scale, containers: [container(1), { ...going, state: 'removed' }] })?.state).toBe('succeeded');
  });

  it('takes a new size of a stopped service for done', () => {
    const stopped = service({ intent: 'stopped', replicas: 9 });
    const containers = [ended(1, 143, { desired: 'stopped' })];
    const plan = reconcileService(
      snapshot({ service: stopped, containers, deployment: deployment({ kind: 'scale' }) }),
    );
    expect(plan).toMatchObject({ create: [], change: [], deployment: { state: 'succeeded' }, state: 'stopped' });
  });
});

describe('a stop or termination', () => {
  const stop = { service: service({ intent: 'stopped' }), deployment: deployment({ kind: 'stop' }) };
  const end = { service: service({ intent: 'terminated' }), deployment: deployment({ kind: 'terminate' }) };

  it('is done when nothing lives, or nothing is left', () => {
    expect(verdict({ ...stop, containers: [container(1, { desired: 'stopped' })] })).toBeNull();
    expect(verdict({ ...stop, containers: [ended(1, 143, { desired: 'stopped' })] })?.state).toBe('succeeded');
    expect(verdict({ ...end, containers: [ended(1, 143, { desired: 'removed' })] })).toBeNull();
    expect(verdict({ ...end, containers: [] })?.state).toBe('succeeded');
  });

  it('does not wait for a lost node, and says when it waited for a silent one', () => {
    const containers = [ended(1, 0, { desired: 'removed' })];
    expect(verdict({ ...end, containers, nodes: [node('a', { state: 'lost' })] })?.state).toBe('succeeded');
    const nodes = [node('a', { state: 'unreachable' })];
    expect(verdict({ ...end, containers, nodes, now: after(600_000) })).toMatchObject({
      state: 'failed',
      message: 'Container "web-1" was not removed in time: its node does not answer.',
    });
  });

  it('overtakes what was under way', () => {
    expect(verdict({ ...end, deployment: deployment({ kind: 'redeploy' }) })?.state).toBe('superseded');
  });
});
