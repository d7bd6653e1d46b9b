import { invalid } from '../error.js';
import { formatAddress, parseAddress, parseCidr, sizeOf } from '../network/cidr.js';

/** As many as one pool may have: each is looked at when one is given out. */
const most = 65_536;

/** The ends of a pool, both included: of a CIDR range, or from one address to another. */
export function addressRange(given: { cidr: string } | { first: string; last: string }): {
  first: string;
  last: string;
} {
  const [first, last] =
    'cidr' in given ? ofCidr(given.cidr) : [address('first', given.first), address('last', given.last)];
  if (last < first) throw invalid('last', `last: ${formatAddress(last)} comes before ${formatAddress(first)}.`);
  if (last - first >= most) throw invalid('last', `A pool has at most ${most} addresses; make several.`);
  return { first: formatAddress(first), last: formatAddress(last) };
}

function ofCidr(text: string): [number, number] {
  const range = read(text);
  return [range.base, range.base + sizeOf(range) - 1];
}

function read(text: string) {
  try {
    return parseCidr(text);
  } catch (error) {
    throw invalid('cidr', `cidr: ${error instanceof Error ? error.message : 'this is no range of IPv4 addresses.'}`);
  }
}

function address(field: string, text: string): number {
  const found = parseAddress(text);
  if (found === null) throw invalid(field, `${field}: "${text}" is not an IPv4 address.`);
  return found;
}
