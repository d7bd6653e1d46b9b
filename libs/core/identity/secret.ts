import { createHash, randomInt } from 'node:crypto';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

export function randomText(length: number): string {
  let text = '';
  for (let i = 0; i < length; i++) text += alphabet[randomInt(alphabet.length)];
  return text;
}

/** A random secret needs no slow hash: there is nothing to guess. */
export const hashSecret = (secret: string): Buffer => createHash('sha256').update(secret).digest();

const keyPattern = /^ph_[0-9A-Za-z]{8}_[0-9A-Za-z]{32,64}$/;

/** `ph_<8 characters to recognise it by>_<40 secret ones>`: 238 bits. */
export function mintApiKey(): { secret: string; prefix: string; hash: Buffer } {
  const prefix = `ph_${randomText(8)}`;
  const secret = `${prefix}_${randomText(40)}`;
  return { secret, prefix, hash: hashSecret(secret) };
}

export const looksLikeApiKey = (text: string): boolean => keyPattern.test(text);

/** `ph_t_` and 40 characters: 238 bits. */
export function mintTriggerSecret(): { secret: string; hash: Buffer } {
  const secret = `ph_t_${randomText(40)}`;
  return { secret, hash: hashSecret(secret) };
}

/** `ph_r_` and 48 characters. */
export function mintRefreshToken(): { secret: string; hash: Buffer } {
  const secret = `ph_r_${randomText(48)}`;
  return { secret, hash: hashSecret(secret) };
}
