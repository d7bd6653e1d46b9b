import fc from 'fast-check';
import { contains, formatAddress, formatCidr, overlaps, parseAddress, parseCidr, sizeOf, type Cidr } from './cidr.js';
import {
  containerCapacity,
  containerOffsets,
  networkPool,
  nextRange,
  nextVni,
  nodeOffsets,
  poolCapacity,
  poolFree,
  searchSeed,
  type NetworkPool,
} from './network-pool.js';

const address = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const cidr = (min = 0, max = 32): fc.Arbitrary<Cidr> =>
  fc
    .record({ at: address, prefix: fc.integer({ min, max }) })
    .map(({ at, prefix }) => ({ base: at - (at % 2 ** (32 - prefix)), prefix }));
const pool: fc.Arbitrary<NetworkPool> = cidr(10, 24).chain((range) =>
  fc
    .integer({ min: Math.max(16, range.prefix), max: Math.min(28, range.prefix + 6) })
    .map((prefix) => ({ range, prefix })),
);

describe('networks', () => {
  it('read back as they were written', () => {
    fc.assert(fc.property(cidr(), (one) => expect(parseCidr(formatCidr(one))).toEqual(one)));
    fc.assert(fc.property(address, (one) => expect(parseAddress(formatAddress(one))).toBe(one)));
  });

  it('hold exactly the addresses between their ends', () => {
    fc.assert(
      fc.property(cidr(), address, (one, at) => {
        expect(contains(one, at)).toBe(at >= one.base && at <= one.base + sizeOf(one) - 1);
      }),
    );
  });

  it('overlap when they share an address, whichever is asked', () => {
    fc.assert(
      fc.property(cidr(), cidr(), (a, b) => {
        expect(overlaps(a, b)).toBe(overlaps(b, a));
        const shared = Math.max(a.base, b.base) < Math.min(a.base + sizeOf(a), b.base + sizeOf(b));
        expect(overlaps(a, b)).toBe(shared);
      }),
    );
  });
});

describe('a pool of networks', () => {
  it('gives out each of its parts once, none overlapping another, and then none', () => {
    fc.assert(
      fc.property(pool, (given) => {
        const used: Cidr[] = [];
        for (let next = nextRange(given, used); next; next = nextRange(given, used)) {
          expect(next.prefix).toBe(given.prefix);
          expect(contains(given.range, next.base)).toBe(true);
          expect(used.some((one) => overlaps(one, next))).toBe(false);
          used.push(next);
        }
        expect(used).toHaveLength(poolCapacity(given));
      }),
    );
  });

  it('never overlaps what other pools and prefixes gave out, and finds a part whenever one is free', () => {
    fc.assert(
      fc.property(
        pool,
        fc.array(cidr(8, 30), { maxLength: 12 }),
        fc.array(fc.nat(), { maxLength: 12 }),
        (given, others, picks) => {
          const step = sizeOf({ base: 0, prefix: given.prefix });
          const parts = Array.from({ length: poolCapacity(given) }, (_, index) => ({
            base: given.range.base + index * step,
            prefix: given.prefix,
          }));
          const used = [...others, ...picks.map((pick) => parts[pick % parts.length] as Cidr)];
          const free = parts.filter((part) => !used.some((one) => overlaps(one, part)));
          expect(nextRange(given, used)).toEqual(free[0] ?? null);
          expect(poolFree(given, used)).toBe(free.length);
        },
      ),
    );
  });

  it('numbers networks apart', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 2 ** 24 - 1 })), (used) => {
        expect(used).not.toContain(nextVni(used));
      }),
    );
    expect(nextVni([2 ** 24 - 1, 1])).toBe(2);
  });
});

describe('a project’s range', () => {
  const range = cidr(16, 28);

  it('keeps containers off its ends, its gateway and the room for nodes', () => {
    fc.assert(
      fc.property(range, (one) => {
        const { first, last } = containerOffsets(one);
        expect(first).toBe(2);
        expect(last).toBeGreaterThanOrEqual(first);
        expect(nodeOffsets(one).last).toBe(sizeOf(one) - 2);
        expect(nodeOffsets(one).last - last).toBeGreaterThanOrEqual(1);
        expect(containerCapacity(one)).toBe(last - first + 1);
      }),
    );
  });

  it('is searched from the same place for the same service, and from many for many', () => {
    fc.assert(
      fc.property(fc.uuid(), (key) => {
        expect(searchSeed(key)).toBe(searchSeed(key));
        expect(searchSeed(key)).toBeGreaterThanOrEqual(0);
      }),
    );
    const keys = Array.from({ length: 500 }, (_, index) => `service-${index}`);
    const room = containerCapacity({ base: 0, prefix: 22 });
    expect(new Set(keys.map((key) => searchSeed(key) % room)).size).toBeGreaterThan(300);
  });
});

describe('settings of the pool', () => {
  it.each([
    ['10.64.0.0', 22, 'is not an IPv4 network'],
    ['10.64.0.0/33', 22, 'is not an IPv4 network'],
    ['10.64.300.0/10', 22, 'is not an IPv4 network'],
    ['10.64.0.1/10', 22, 'host bits'],
    ['10.64.0.0/10', 15, '16 to 28'],
    ['10.64.0.0/10', 29, '16 to 28'],
    ['10.64.0.0/24', 22, 'does not fit'],
  ])('%s with /%d: %s', (text, prefix, sentence) => {
    expect(() => networkPool(text, prefix)).toThrow(sentence);
  });

  it('hold 4,096 networks of about a thousand containers by default', () => {
    const given = networkPool('10.64.0.0/10', 22);
    expect(poolCapacity(given)).toBe(4096);
    expect(containerCapacity({ base: 0, prefix: 22 })).toBe(957);
  });
});
