import { hkdfSync } from 'node:crypto';

/** A purpose-bound 32-byte key from the master key, so that no two uses share one. */
export const deriveKey = (masterKey: Buffer, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', masterKey, 'pierhead', purpose, 32));
