import { serviceStates, type ServiceState } from '#libs/domain/service/state.js';
import { stackStates } from '#libs/domain/stack/state.js';
import { deriveStackState } from './stack-state.js';

describe('deriveStackState', () => {
  it.each<[ServiceState[], string]>([
    [[], 'not-running'],
    [['not-running', 'not-running'], 'not-running'],
    [['running', 'running'], 'running'],
    [['running', 'scaling'], 'running'],
    [['running', 'stopped'], 'partly-running'],
    [['running', 'not-running'], 'partly-running'],
    [['partly-running', 'stopped'], 'partly-running'],
    [['stopped', 'not-running'], 'stopped'],
    [['starting', 'running'], 'starting'],
    [['stopping', 'running'], 'stopping'],
    [['redeploying', 'starting', 'stopping'], 'redeploying'],
    [['terminating', 'running'], 'running'],
    [['terminated', 'running'], 'running'],
    [['terminating', 'terminated'], 'terminating'],
    [['terminated', 'terminated'], 'terminated'],
  ])('%j is %s', (services, expected) => {
    expect(deriveStackState(services)).toBe(expected);
  });

  it('names every pair of states', () => {
    for (const a of serviceStates)
      for (const b of serviceStates) expect(stackStates).toContain(deriveStackState([a, b]));
  });
});
