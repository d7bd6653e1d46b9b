import { judgeShare, type ShareScene } from './state.js';

const scene = (given: Partial<ShareScene> = {}): ShareScene => ({
  ...{ removed: false, observed: 'ready', observedMessage: null, made: true, nodeState: 'ready' },
  ...given,
});

it.each<[string, Partial<ShareScene>, string, boolean]>([
  ['is made', { observed: 'pending', made: false }, 'creating', false],
  ['is there', {}, 'ready', false],
  ['is there although its node is suspected', { nodeState: 'suspect' }, 'ready', false],
  ['is brought back after a restart of its node', { observed: 'pending' }, 'unreachable', false],
  ['is on a silent node', { nodeState: 'unreachable' }, 'unreachable', false],
  ['is on a lost node', { nodeState: 'lost', observed: 'failed' }, 'unreachable', false],
  ['could not be made', { observed: 'failed', made: false }, 'failed', false],
  ['was on a node that is gone', { nodeState: null }, 'failed', false],
  ['was on a node that was removed', { nodeState: 'removed' }, 'failed', false],
  ['is to go', { removed: true }, 'deleting', false],
  ['is to go from a node that is away', { removed: true, nodeState: 'lost' }, 'deleting', false],
  ['is gone', { removed: true, observed: 'removed' }, 'deleting', true],
  ['is gone with its node', { removed: true, nodeState: null }, 'deleting', true],
])('a share that %s', (_what, given, state, gone) => {
  const verdict = judgeShare(scene(given));
  expect({ state: verdict.state, gone: verdict.gone }).toEqual({ state, gone });
});

it('says what its node said', () => {
  const observedMessage = 'No loop device is free.';
  expect(judgeShare(scene({ observed: 'failed', observedMessage })).message).toBe(observedMessage);
  expect(judgeShare(scene({ observed: 'ready', observedMessage: 'old' })).message).toBeNull();
});
