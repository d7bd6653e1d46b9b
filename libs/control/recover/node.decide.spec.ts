import type { NodeState } from '#libs/domain/node/state.js';
import fc from 'fast-check';
import { after, start } from '../testing/views.js';
import { decideNodes, type NodeSign } from './node.decide.js';

const timers = { suspectAfterMs: 10_000, unreachableAfterMs: 30_000, lostAfterMs: 60_000 };
const sign = (name: string, state: NodeState, seenMs: number | null): NodeSign => ({
  id: name,
  name,
  state,
  lastSeenAt: seenMs === null ? null : after(seenMs),
});
const at = (nowMs: number, nodes: NodeSign[], watchingSince = after(-1_000_000)) =>
  decideNodes({ now: after(nowMs), timers, nodes, watchingSince });
const states = (plan: ReturnType<typeof decideNodes>) => plan.change.map((change) => [change.nodeId, change.state]);
const fresh = (nowMs: number, count: number) => Array.from({ length: count }, (_, i) => sign(`ok${i}`, 'ready', nowMs));

describe('decideNodes', () => {
  it.each([
    [9_999, []],
    [10_000, [['a', 'suspect']]],
    [30_000, [['a', 'unreachable']]],
    [60_000, [['a', 'lost']]],
  ])('after %i ms of silence', (now, expected) => {
    expect(states(at(now, [sign('a', 'ready', 0), ...fresh(now, 2)]))).toEqual(expected);
  });

  it('says when to look again and why it changed a state', () => {
    const plan = at(12_000, [sign('a', 'ready', 0), sign('b', 'ready', 12_000)]);
    expect(plan.lookAgainAt).toEqual(after(22_000));
    expect(plan.change[0]?.reason).toBe('Node "a" has not been heard for 12 s.');
    expect(at(0, [sign('a', 'lost', 0)]).change[0]?.reason).toBe('Node "a" answers.');
  });

  it('brings back what answers again, also a lost one', () => {
    const plan = at(61_000, [sign('a', 'lost', 60_500), sign('b', 'unreachable', 60_500)]);
    expect(states(plan)).toEqual([
      ['a', 'ready'],
      ['b', 'ready'],
    ]);
  });

  it('leaves the never heard joining, the removed removed and the lost lost', () => {
    const nodes = [sign('a', 'joining', null), sign('b', 'removed', 0), sign('c', 'lost', 0), ...fresh(50_000, 1)];
    expect(at(50_000, nodes).change).toEqual([]);
  });

  it('does not take its own absence for theirs', () => {
    const nodes = [sign('a', 'ready', 0), sign('b', 'lost', 0)];
    expect(at(100_000, nodes, after(99_000)).change).toEqual([]);
    expect(states(at(110_000, nodes, after(99_000)))).toEqual([['a', 'suspect']]);
    expect(at(110_000, [sign('a', 'unreachable', 0)], after(109_000)).change).toEqual([]);
    expect(states(at(110_000, [sign('a', 'unreachable', 109_500)], after(109_000)))).toEqual([['a', 'ready']]);
  });

  it.each([
    [1, 1, true],
    [2, 1, false],
    [2, 2, true],
    [3, 1, false],
    [3, 2, true],
    [20, 11, false],
    [20, 12, true],
  ])('of %i nodes %i are silent: brake %s', (count, silent, brakes) => {
    const gone = Array.from({ length: silent }, (_, i) => sign(`gone${i}`, 'unreachable', 0));
    const plan = at(60_000, [...gone, ...fresh(60_000, count - silent)]);
    expect(plan.change.filter((change) => change.state === 'lost')).toHaveLength(brakes ? 0 : silent);
    expect(plan.brake === null).toBe(!brakes);
    if (brakes) expect(plan.brake).toMatch(new RegExp(`^${silent} of ${count} nodes .*\\.$`));
  });

  it('does not count those lost earlier: nodes that go one after another are each given up', () => {
    const nodes = [sign('a', 'lost', 0), sign('b', 'lost', 0), sign('c', 'unreachable', 40_000), ...fresh(100_000, 1)];
    expect(states(at(100_000, nodes))).toEqual([['c', 'lost']]);
  });

  it('is done after one look, and never gives up more than 55 % at once', () => {
    const drawn = fc.array(
      fc.tuple(
        fc.constantFrom<NodeState>('ready', 'suspect', 'unreachable', 'lost'),
        fc.integer({ max: 0, min: -90_000 }),
      ),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(drawn, (list) => {
        const nodes = list.map(([state, seen], i) => sign(`n${i}`, state, seen));
        const plan = at(0, nodes);
        const given = plan.change.filter((change) => change.state === 'lost').length;
        expect(given).toBeLessThanOrEqual(0.55 * nodes.filter((one) => one.state !== 'lost').length);
        if (plan.lookAgainAt !== null) expect(plan.lookAgainAt > start).toBe(true);
        const next = nodes.map((one) => ({ ...one, ...plan.change.find((change) => change.nodeId === one.id) }));
        // What was lost now no longer counts among the candidates; nothing else may change.
        const second = at(0, next as NodeSign[]).change.filter((change) => change.state !== 'lost');
        expect(second).toEqual([]);
      }),
    );
  });
});
