import { randomBytes } from 'node:crypto';
import { seal, unseal } from './seal.js';

const version = 1;
const keyBytes = 32;
/** Nonce and tag of a sealed key. */
const sealedKeyBytes = 12 + 16 + keyBytes;

/**
 * Each text has a key of its own, and only that key is sealed with the given one: another master key means sealing
 * the small keys anew, not the texts. Layout: 1 byte version, the sealed key, the sealed text.
 */
export function sealEnvelope(key: Buffer, plain: Buffer, context: string): Buffer {
  const own = randomBytes(keyBytes);
  return Buffer.concat([Buffer.of(version), seal(key, own, context), seal(own, plain, context)]);
}

/** Throws when the key or the context is another one, or anything was changed. */
export function openEnvelope(key: Buffer, envelope: Buffer, context: string): Buffer {
  if (envelope[0] !== version) throw new Error('The envelope is of a version that is not known.');
  const own = unseal(key, envelope.subarray(1, 1 + sealedKeyBytes), context);
  return unseal(own, envelope.subarray(1 + sealedKeyBytes), context);
}
