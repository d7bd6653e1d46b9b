import type { VolumeShare } from '../snapshot.js';
import { demand, node, service } from '../testing/views.js';
import { fits } from './fits.js';

const tagged = service({ placement: { tags: ['ssd', 'eu'] } });
const tcp80 = { hostPort: 80, protocol: 'tcp' as const };
const share = (given: Partial<VolumeShare> = {}): VolumeShare => ({
  ...{ volume: 'v', share: 's', state: 'ready', nodeId: 'server', machine: 'one' },
  ...given,
});
const beside = (nodeIds: string[]) => service({ colocateWith: [{ serviceName: 'db', nodeIds }] });

describe('fits', () => {
  it.each([
    ['a tag is missing', tagged, demand(), node('a', { tags: ['ssd'] }), 'never', '2 nodes lack the tag "eu"'],
    [
      'it cannot reach a file share',
      service(),
      demand({ shares: [share({ machine: 'other' })] }),
      node('a', { machine: 'one' }),
      'never',
      '2 nodes cannot mount the file share "s"',
    ],
    [
      'a file share is not ready',
      service(),
      demand({ shares: [share({ state: 'unreachable' })] }),
      node('a', { nfsClient: true }),
      'not-now',
      '2 nodes wait for the file share "s", which is unreachable',
    ],
    ['it is joining', service(), demand(), node('a', { state: 'joining' }), 'not-now', '2 nodes are still joining'],
    ['it is silent', service(), demand(), node('a', { state: 'unreachable' }), 'not-now', '2 nodes are not answering'],
    ['it is lost', service(), demand(), node('a', { state: 'lost' }), 'not-now', '2 nodes are lost'],
    ['it is cordoned', service(), demand(), node('a', { schedulable: false }), 'not-now', '2 nodes are cordoned'],
    ['it drains', service(), demand(), node('a', { draining: true }), 'not-now', '2 nodes are being drained'],
    [
      'its networks are behind',
      service(),
      demand(),
      node('a', { networkBehind: true }),
      'not-now',
      '2 nodes are behind with their private networks',
    ],
    [
      'a port is taken',
      service(),
      demand({ hostPorts: [tcp80] }),
      node('a', { usedHostPorts: [tcp80] }),
      'never',
      '2 nodes have port 80 taken',
    ],
    ['its CPUs are too few', service(), demand({ milliCpu: 5_000 }), node('a'), 'never', '2 nodes have too few CPUs'],
    [
      'its CPUs are taken',
      service(),
      demand({ milliCpu: 1_001 }),
      node('a', { usedMilliCpu: 3_000 }),
      'not-now',
      '2 nodes have too little CPU free',
    ],
    [
      'it is too small',
      service(),
      demand({ memoryBytes: 4_097 }),
      node('a'),
      'never',
      '2 nodes have too little memory',
    ],
    [
      'its memory is taken',
      service(),
      demand(),
      node('a', { usedMemoryBytes: 4_033 }),
      'not-now',
      '2 nodes have too little memory free',
    ],
    [
      'it holds all it may',
      service(),
      demand(),
      node('a', { maxContainers: 3, usedContainers: 3 }),
      'not-now',
      '2 nodes hold as many containers as they may',
    ],
    [
      'the volume is elsewhere',
      service(),
      demand({ pins: [{ volume: 'data', nodeId: 'id-b' }] }),
      node('a'),
      'never',
      '2 nodes do not hold the local volume "data"',
    ],
    ['its mate is elsewhere', beside(['id-b']), demand(), node('a'), 'never', '2 nodes have no container of "db"'],
    ['its mate is nowhere', beside([]), demand(), node('a'), 'not-now', '2 nodes wait for "db" to be placed'],
  ] as const)('refuses when %s', (_case, asked, wanted, candidate, kind, clause) => {
    const misfit = fits({ service: asked, demand: wanted }, candidate);
    expect(misfit?.kind).toBe(kind);
    expect(misfit?.clause(2)).toBe(clause);
    expect(misfit?.clause(1)).toMatch(/^1 node /);
  });

  it('takes a node with all tags and more, all room used up exactly, or under suspicion', () => {
    const exact = node('a', { usedMilliCpu: 3_900, usedMemoryBytes: 4_032, usedContainers: 99 });
    expect(fits({ service: tagged, demand: demand() }, node('a', { tags: ['x', 'eu', 'ssd'] }))).toBeNull();
    expect(fits({ service: service(), demand: demand() }, exact)).toBeNull();
    expect(fits({ service: service(), demand: demand() }, node('a', { state: 'suspect' }))).toBeNull();
  });

  it('tells TCP ports from UDP ports', () => {
    const asked = demand({ hostPorts: [{ hostPort: 53, protocol: 'udp' }] });
    const busy = (protocol: 'tcp' | 'udp') => node('a', { usedHostPorts: [{ hostPort: 53, protocol }] });
    expect(fits({ service: service(), demand: asked }, busy('tcp'))).toBeNull();
    expect(fits({ service: service(), demand: asked }, busy('udp'))?.clause(1)).toBe('1 node has port 53/udp taken');
  });
});
