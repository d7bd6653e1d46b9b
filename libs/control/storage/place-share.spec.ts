import { placeShare, type StorageNodeView } from './place-share.js';

const node = (name: string, given: Partial<StorageNodeView> = {}): StorageNodeView => ({
  ...{ id: `id-${name}`, name, state: 'ready', schedulable: true, draining: false, storageBytes: 100, usedBytes: 0 },
  ...given,
});

it('goes to the node with the most room left, by name where several have', () => {
  expect(placeShare(10, [node('a', { usedBytes: 50 }), node('c'), node('b')])).toEqual({ nodeId: 'id-b' });
});

it('fills a node to the last byte, and no further', () => {
  const nodes = [node('a', { usedBytes: 90 })];
  expect(placeShare(10, nodes)).toEqual({ nodeId: 'id-a' });
  expect(placeShare(11, nodes)).toEqual({
    sentence: 'No node with the storage role can take the share: 1 node has too little room.',
  });
});

it('says why nobody can take it', () => {
  expect(placeShare(1, [])).toEqual({ sentence: 'No node keeps file shares: none has the storage role.' });
  const nodes = [
    node('a', { state: 'lost' }),
    node('b', { state: 'unreachable' }),
    node('c', { draining: true }),
    node('d', { schedulable: false }),
    node('e', { storageBytes: 0 }),
  ];
  expect(placeShare(1, nodes)).toEqual({
    sentence:
      'No node with the storage role can take the share: 2 nodes do not answer, 2 nodes take nothing new at present, 1 node has too little room.',
  });
});

it('takes a suspected node: suspicion alone changes nothing', () => {
  expect(placeShare(1, [node('a', { state: 'suspect' })])).toEqual({ nodeId: 'id-a' });
});
