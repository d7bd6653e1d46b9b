import { linkedEnds, previousEnds, type LinkEnd } from './linked-ends.js';

const at = (ms: number) => new Date(1_000_000 + ms);
const end = (id: string, ordinal: number, nodeId: string, address: string | null = id, ms = 0): LinkEnd => ({
  id,
  ordinal,
  nodeId,
  address,
  createdAt: at(ms),
});
const ids = (ends: LinkEnd[]) => ends.map(({ id }) => id);

describe('the ends of a link', () => {
  const ends = [end('b', 2, 'n2'), end('a', 1, 'n1'), end('c', 3, 'n3', null), end('d', 4, 'n1')];

  it('are all containers with an address, by number', () => {
    expect(ids(linkedEnds(ends, { ordinal: 1, nodeId: 'n1' }, false))).toEqual(['a', 'b', 'd']);
  });

  it('are those of the same node where both services have one on every node', () => {
    expect(ids(linkedEnds(ends, { ordinal: 7, nodeId: 'n2' }, true))).toEqual(['b']);
    expect(ids(linkedEnds(ends, { ordinal: 7, nodeId: 'n3' }, true))).toEqual([]);
  });

  it('are one per slot, the newest', () => {
    const twice = [end('new', 1, 'n1', '10.0.0.2', 5), end('old', 1, 'n1', '10.0.0.1', 1)];
    expect(ids(linkedEnds(twice, { ordinal: 1, nodeId: 'n1' }, false))).toEqual(['new']);
  });

  it('are the containers before it where they start one after another', () => {
    expect(ids(previousEnds(ends, { ordinal: 4, nodeId: 'n1' }))).toEqual(['a', 'b']);
    expect(ids(previousEnds(ends, { ordinal: 1, nodeId: 'n1' }))).toEqual([]);
  });
});
