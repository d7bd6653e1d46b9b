import { createHash, randomUUID } from 'node:crypto';

/** A new UUID version 4: clients recognise resource ids by that version. */
export const newId = <T extends string>(): T => randomUUID() as string as T;

/**
 * The same id for the same two texts, wherever it is made: `name` is one within `namespace`, an id itself. It looks
 * like any other.
 */
export function derivedId(namespace: string, name: string): string {
  const hash = createHash('sha256').update(`${namespace}:${name}`).digest().subarray(0, 16);
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x40, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = hash.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
