import { node, revision, service } from '../testing/views.js';
import { placeContainers } from './place-containers.js';

const wishes = (count: number) => Array.from({ length: count }, (_, i) => ({ ordinal: i + 1, nodeId: null }));
const nodesOf = (placing: ReturnType<typeof placeContainers>) => placing.placed.map((create) => create.nodeId);
const port80 = { hostPort: 80, protocol: 'tcp' as const };

describe('placeContainers', () => {
  it('gives each container to the emptiest node at that moment, whatever service its containers belong to', () => {
    const nodes = [node('a', { usedContainers: 2 }), node('b', { usedContainers: 1, serviceContainers: 1 }), node('c')];
    expect(nodesOf(placeContainers(service(), revision(1), wishes(4), nodes))).toEqual([
      'id-c',
      'id-b',
      'id-c',
      'id-a',
    ]);
  });

  it('spreads a service first and evens out the nodes second for high availability', () => {
    const asked = service({ placement: { strategy: 'high-availability' } });
    const nodes = [
      node('a', { usedContainers: 9 }),
      node('b', { usedContainers: 1, serviceContainers: 1 }),
      node('c', { usedContainers: 5 }),
    ];
    const placing = placeContainers(asked, revision(1), wishes(4), nodes);
    expect(nodesOf(placing)).toEqual(['id-c', 'id-a', 'id-b', 'id-c']);
  });

  it('takes a node where the service failed five times of late only when there is no other', () => {
    const asked = service({ placement: { strategy: 'high-availability' } });
    const nodes = [node('a', { recentFailures: 5 }), node('b', { serviceContainers: 7, recentFailures: 4 })];
    expect(nodesOf(placeContainers(asked, revision(1), wishes(1), nodes))).toEqual(['id-b']);
    expect(nodesOf(placeContainers(asked, revision(1), wishes(1), nodes.slice(0, 1)))).toEqual(['id-a']);
  });

  it('prefers a node that answers to a suspect one, and breaks ties by name, then id', () => {
    const tied = [node('b'), node('a', { id: 'z' }), node('a', { id: 'y' }), node('0', { state: 'suspect' })];
    expect(nodesOf(placeContainers(service(), revision(1), wishes(4), tied))).toEqual(['y', 'z', 'id-b', 'id-0']);
  });

  it('keeps a wish for one node to that node', () => {
    const asked = service({ placement: { strategy: 'every-node' } });
    const placing = placeContainers(asked, revision(1), [{ ordinal: 1, nodeId: 'id-b' }], [node('a'), node('b')], 'd1');
    expect(placing.placed).toEqual([{ ordinal: 1, revision: 1, nodeId: 'id-b', deploymentId: 'd1' }]);
  });

  it('counts why each node refused, most frequent reason first', () => {
    const asked = service({ placement: { tags: ['ssd'] } });
    const nodes = [node('a', { tags: ['ssd'], usedHostPorts: [port80] }), ...['b', 'c', 'd'].map((name) => node(name))];
    const placing = placeContainers(asked, revision(1, { hostPorts: [port80] }), wishes(1), nodes);
    expect(placing.refusals).toEqual([
      { ordinal: 1, kind: 'never', sentence: '3 nodes lack the tag "ssd", 1 node has port 80 taken.' },
    ]);
  });

  it('says not-now as soon as one node is only full', () => {
    const nodes = [node('a', { maxContainers: 1 }), node('b', { state: 'removed' })];
    const placing = placeContainers(service(), revision(1), wishes(2), nodes);
    expect(nodesOf(placing)).toEqual(['id-a']);
    expect(placing.refusals).toEqual([
      { ordinal: 2, kind: 'not-now', sentence: '1 node holds as many containers as it may, 1 node is removed.' },
    ]);
  });

  it('says so when there is no node at all', () => {
    expect(placeContainers(service(), revision(1), wishes(1), []).refusals).toEqual([
      { ordinal: 1, kind: 'never', sentence: 'There is no node to place it on.' },
    ]);
  });

  it('gives a host port away once per node', () => {
    const placing = placeContainers(service(), revision(1, { hostPorts: [port80] }), wishes(3), [node('a'), node('b')]);
    expect(nodesOf(placing)).toEqual(['id-a', 'id-b']);
    expect(placing.refusals.map((refusal) => refusal.sentence)).toEqual(['2 nodes have port 80 taken.']);
  });
});
