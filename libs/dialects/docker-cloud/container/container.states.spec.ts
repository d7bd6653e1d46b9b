import { containerStates, desiredStates } from '#libs/domain/container/state.js';
import { containersIn, containerStateName } from './container.states.js';

const all = desiredStates.flatMap((desired) => containerStates.map((state) => ({ desired, state })));

describe('states of containers', () => {
  it.each(all)('$state, wanted $desired, is found by the filter of its name', ({ desired, state }) => {
    const name = containerStateName({ desired, observed: { state }, removedAt: null });
    const filter = containersIn[name];
    expect(filter.states).toContain(state);
    if (filter.desired) expect(filter.desired).toContain(desired);
  });

  it.each(all)('$state, wanted $desired, is found by no other', ({ desired, state }) => {
    const names = Object.entries(containersIn)
      .filter(([, filter]) => filter.states?.includes(state) && (!filter.desired || filter.desired.includes(desired)))
      .map(([name]) => name);
    expect(names).toEqual([containerStateName({ desired, observed: { state }, removedAt: null })]);
  });

  it('end with the removal', () => {
    expect(containerStateName({ desired: 'removed', observed: { state: 'lost' }, removedAt: new Date() })).toBe(
      'Terminated',
    );
  });
});
