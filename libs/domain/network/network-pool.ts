import { formatCidr, overlaps, parseCidr, sizeOf, type Cidr } from './cidr.js';

/** What projects' private networks are cut from: a large range, and the prefix length of one project's part of it. */
export interface NetworkPool {
  range: Cidr;
  prefix: number;
}

/** A project's range: below /28 there is no room for services and nodes, above /16 a pool holds too few. */
export const smallestPrefix = 16;
export const largestPrefix = 28;

/** The numbers that a VXLAN header can tell apart; 0 is nobody's. */
const mostVni = 2 ** 24 - 1;

/** Throws a `RangeError` with a sentence. */
export function networkPool(pool: string, prefix: number): NetworkPool {
  const range = parseCidr(pool);
  if (prefix < smallestPrefix || prefix > largestPrefix) {
    throw new RangeError(
      `A project's network has a prefix of ${smallestPrefix} to ${largestPrefix} bits, not ${prefix}.`,
    );
  }
  if (prefix < range.prefix) throw new RangeError(`A /${prefix} does not fit into the pool ${pool}.`);
  return { range, prefix };
}

/** How many projects' networks the pool holds. */
export const poolCapacity = ({ range, prefix }: NetworkPool): number => 2 ** (prefix - range.prefix);

/** How many more networks it holds beside `used`, which may hold ranges of other pools and prefixes. */
export function poolFree(pool: NetworkPool, used: readonly Cidr[]): number {
  const step = sizeOf({ base: 0, prefix: pool.prefix });
  const taken = new Set<number>();
  for (const one of used) {
    if (!overlaps(one, pool.range)) continue;
    const from = Math.max(one.base, pool.range.base) - pool.range.base;
    const to = Math.min(one.base + sizeOf(one), pool.range.base + sizeOf(pool.range)) - pool.range.base;
    for (let part = Math.floor(from / step); part * step < to; part += 1) taken.add(part);
  }
  return poolCapacity(pool) - taken.size;
}

/** The lowest part of the pool that overlaps none of `used`, which may hold ranges of other pools; null when none is left. */
export function nextRange(pool: NetworkPool, used: readonly Cidr[]): Cidr | null {
  const step = sizeOf({ base: 0, prefix: pool.prefix });
  const taken = [...used].filter((one) => overlaps(one, pool.range)).sort((a, b) => a.base - b.base);
  let base = pool.range.base;
  for (const one of taken) {
    if (base + step <= one.base) break;
    // The next start on the pool's grid behind what is taken; ranges of an earlier prefix may be larger or smaller.
    base = Math.max(base, Math.ceil((one.base + sizeOf(one)) / step) * step);
  }
  return base + step <= pool.range.base + sizeOf(pool.range) ? { base, prefix: pool.prefix } : null;
}

/** One that was not given out lately, so that a node that is late to forget a network does not mix it with another. */
export function nextVni(used: readonly number[]): number | null {
  const highest = used.reduce((most, one) => Math.max(most, one), 0);
  if (highest < mostVni) return highest + 1;
  const taken = new Set(used);
  for (let vni = 1; vni <= mostVni; vni += 1) if (!taken.has(vni)) return vni;
  return null;
}

/** Of the range's addresses, counted from its first: 0 names the network, 1 is the gateway, the last is broadcast. */
export const gatewayOffset = 1;

/**
 * Where containers' addresses lie. The end of the range is left to nodes' own addresses, so that a range full of
 * containers still spans every node they are on.
 */
export function containerOffsets(range: Cidr): { first: number; last: number } {
  const size = sizeOf(range);
  return { first: gatewayOffset + 1, last: size - 2 - Math.max(1, size / 16) };
}

/** Nodes take from the end downwards, and reach into the containers' part when theirs is used up. */
export function nodeOffsets(range: Cidr): { first: number; last: number } {
  return { first: gatewayOffset + 1, last: sizeOf(range) - 2 };
}

/** Most containers that have an address at the same time. */
export function containerCapacity(range: Cidr): number {
  const { first, last } = containerOffsets(range);
  return last - first + 1;
}

/**
 * A number whose remainder by the range's room is where the search for free addresses begins. Different services begin
 * at different places, so that two that are placed at the same moment seldom reach for the same address, and one
 * service's addresses lie together.
 */
export function searchSeed(key: string): number {
  let hash = 0x811c9dc5;
  for (const char of key) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return hash;
}

export const poolExhausted = (pool: NetworkPool): string =>
  `All ${poolCapacity(pool)} private networks of the pool ${formatCidr(pool.range)} are taken, so this project cannot have one; ` +
  `the operator has to give a larger PIERHEAD_NETWORK_POOL or remove projects that are no longer used.`;

export const rangeExhausted = (range: Cidr): string =>
  `All ${containerCapacity(range)} addresses of the project's private network ${formatCidr(range)} are taken; ` +
  `remove containers that are no longer needed, or use another project.`;
