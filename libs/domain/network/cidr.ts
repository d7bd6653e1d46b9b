/** An IPv4 network: the number of its first address, and how many leading bits its addresses share. */
export interface Cidr {
  base: number;
  prefix: number;
}

/** Throws a `RangeError` whose message says what is wrong with the text. */
export function parseCidr(text: string): Cidr {
  const [address = '', length = '', ...rest] = text.split('/');
  const base = parseAddress(address);
  const prefix = Number(length);
  if (base === null || rest.length || !/^\d{1,2}$/.test(length) || prefix > 32) {
    throw new RangeError(`"${text}" is not an IPv4 network like 10.64.0.0/10.`);
  }
  if (base % sizeOf({ base, prefix }) !== 0) {
    throw new RangeError(`"${text}" names an address inside a network, not the network: its host bits are not zero.`);
  }
  return { base, prefix };
}

export function parseAddress(text: string): number | null {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return null;
  const parts = text.split('.').map(Number);
  return parts.every((part) => part <= 255) ? parts.reduce((sum, part) => sum * 256 + part, 0) : null;
}

export const formatAddress = (address: number): string =>
  [24, 16, 8, 0].map((bits) => Math.floor(address / 2 ** bits) % 256).join('.');

export const formatCidr = ({ base, prefix }: Cidr): string => `${formatAddress(base)}/${prefix}`;

/** Addresses in it, the first and the last included. */
export const sizeOf = ({ prefix }: Cidr): number => 2 ** (32 - prefix);

export const contains = (range: Cidr, address: number): boolean =>
  address >= range.base && address < range.base + sizeOf(range);

export const overlaps = (a: Cidr, b: Cidr): boolean => contains(a, b.base) || contains(b, a.base);
