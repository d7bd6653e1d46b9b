import type { ContainerView, DeploymentView, ServiceSnapshot } from '../snapshot.js';
import { container, deployment, ended, node, service, snapshot, unborn } from '../testing/views.js';
import { reconcileService } from './service.reconcile.js';

const stateOf = (containers: ContainerView[], patch: Partial<ServiceSnapshot> = {}) =>
  reconcileService(snapshot({ service: service({ replicas: 2 }), containers, ...patch })).state;
const under = (kind: DeploymentView['kind'], patch: Partial<DeploymentView> = {}) => ({
  deployment: deployment({ kind, fromRevision: 1, toRevision: 1, ...patch }),
});
const starting = container(2, { state: 'starting' });

describe('the state of a service', () => {
  it.each<[string, ContainerView[], string]>([
    ['all run', [container(1), container(2)], 'running'],
    ['some run', [container(1), ended(2, 0)], 'partly-running'],
    ['none runs but one is on its way back', [ended(1, 1), starting], 'partly-running'],
    ['none runs any more', [ended(1, 0), ended(2, 1)], 'stopped'],
    ['none ever ran', [unborn(1, 'No image.'), unborn(2, 'No image.')], 'not-running'],
    ['none is there', [], 'not-running'],
  ])('when %s', (_case, containers, expected) => {
    expect(stateOf(containers)).toBe(expected);
  });

  it('is stopped when none is wanted', () => {
    expect(stateOf([], { service: service({ replicas: 0 }) })).toBe('stopped');
  });

  it.each([
    ['create', 'starting'],
    ['start', 'starting'],
    ['scale', 'scaling'],
    ['redeploy', 'redeploying'],
  ] as const)('is named after a %s under way', (kind, expected) => {
    expect(stateOf([container(1), starting], under(kind))).toBe(expected);
  });

  it('is a lasting one again while a rollout is paused', () => {
    expect(stateOf([container(1), container(2)], under('redeploy', { state: 'paused' }))).toBe('running');
  });

  it('is stopping while one lives', () => {
    const stopped = { service: service({ intent: 'stopped' }) };
    expect(stateOf([container(1)], stopped)).toBe('stopping');
    expect(stateOf([ended(1, 0)], stopped)).toBe('stopped');
  });

  it('is terminated when all are gone or their nodes lost', () => {
    const terminated = { service: service({ intent: 'terminated' }) };
    expect(stateOf([ended(1, 0)], terminated)).toBe('terminating');
    expect(stateOf([ended(1, 0)], { ...terminated, nodes: [node('a', { state: 'lost' })] })).toBe('terminated');
  });

  it('is synchronized only with the current revision everywhere and no slot missing', () => {
    const synchronized = (containers: ContainerView[], revision = 1) =>
      reconcileService(snapshot({ service: service({ replicas: 2, revision }), containers })).synchronized;
    expect(synchronized([container(1), container(2)])).toBe(true);
    expect(synchronized([container(1), ended(2, 0)])).toBe(true);
    expect(synchronized([container(1), container(2)], 2)).toBe(false);
    expect(synchronized([container(1)])).toBe(false);
  });
});
