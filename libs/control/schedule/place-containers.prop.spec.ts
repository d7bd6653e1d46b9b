import fc from 'fast-check';
import { node, revision, service } from '../testing/views.js';
import { placeContainers } from './place-containers.js';

const ports = fc.uniqueArray(fc.constantFrom(80, 443, 8080), { maxLength: 2 });
const port = (hostPort: number) => ({ hostPort, protocol: 'tcp' as const });
const tags = fc.uniqueArray(fc.constantFrom('ssd', 'eu'), { maxLength: 2 });

const nodes = fc.array(
  fc.record({
    state: fc.constantFrom('ready' as const, 'suspect' as const, 'unreachable' as const),
    schedulable: fc.boolean(),
    draining: fc.boolean(),
    tags,
    milliCpu: fc.integer({ min: 0, max: 2_000 }),
    memoryBytes: fc.integer({ min: 0, max: 2_000 }),
    maxContainers: fc.integer({ min: 0, max: 6 }),
    usedContainers: fc.integer({ min: 0, max: 4 }),
    serviceContainers: fc.integer({ min: 0, max: 4 }),
    recentFailures: fc.integer({ min: 0, max: 6 }),
    networkBehind: fc.boolean(),
    usedHostPorts: ports.map((list) => list.map(port)),
  }),
  { maxLength: 6 },
);
const asked = fc.record({
  strategy: fc.constantFrom('emptiest-node' as const, 'high-availability' as const),
  tags,
  milliCpu: fc.integer({ min: 0, max: 700 }),
  memoryBytes: fc.integer({ min: 0, max: 700 }),
  hostPorts: ports.map((list) => list.map(port)),
  count: fc.integer({ min: 0, max: 12 }),
});

describe('placing', () => {
  it('never gives a node more than it takes, answers every wish once, and always says why not', () => {
    fc.assert(
      fc.property(asked, nodes, (wanted, drawn) => {
        const views = drawn.map((patch, i) => node(`n${i}`, patch));
        const wishes = Array.from({ length: wanted.count }, (_, i) => ({ ordinal: i + 1, nodeId: null }));
        const target = service({ placement: { strategy: wanted.strategy, tags: wanted.tags } });
        const { milliCpu, memoryBytes, hostPorts } = wanted;
        const placing = placeContainers(target, revision(1, { milliCpu, memoryBytes, hostPorts }), wishes, views);

        const answered = [...placing.placed, ...placing.refusals].map((one) => one.ordinal).sort((a, b) => a - b);
        expect(answered).toEqual(wishes.map((wish) => wish.ordinal));
        for (const refusal of placing.refusals) expect(refusal.sentence).toMatch(/^\S.*\.$/);
        for (const create of placing.placed) {
          const given = placing.nodes.find((one) => one.id === create.nodeId);
          expect(given?.usedMilliCpu).toBeLessThanOrEqual(given?.milliCpu ?? -1);
          expect(given?.usedMemoryBytes).toBeLessThanOrEqual(given?.memoryBytes ?? -1);
          expect(given?.usedContainers).toBeLessThanOrEqual(given?.maxContainers ?? -1);
          expect(given?.state).not.toBe('unreachable');
          expect([given?.schedulable, given?.draining]).toEqual([true, false]);
          expect(given?.tags).toEqual(expect.arrayContaining(wanted.tags));
          const taken = given?.usedHostPorts.map((one) => one.hostPort) ?? [];
          expect(new Set(taken).size).toBe(taken.length);
        }
        const again = placeContainers(target, revision(1, { milliCpu, memoryBytes, hostPorts }), wishes, views);
        expect(again).toEqual(placing);
      }),
      { numRuns: 300 },
    );
  });
});
