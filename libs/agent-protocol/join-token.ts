import { DomainError } from '#libs/domain/error.js';

/** What a node needs to join: a one-time secret, and the fingerprint that tells the real CA from any other. */
export interface JoinToken {
  tokenId: string;
  secret: string;
  /** SHA-256 of the CA certificate's DER, 64 lower-case hexadecimal digits. */
  caFingerprint: string;
}

const pattern = /^pierhead-join\.([A-Za-z0-9-]{1,64})\.([A-Za-z0-9_-]{1,256})\.([0-9a-f]{64})$/;

export const formatJoinToken = ({ tokenId, secret, caFingerprint }: JoinToken): string =>
  `pierhead-join.${tokenId}.${secret}.${caFingerprint}`;

/** Throws `invalid` with a sentence that repeats nothing of the token. */
export function parseJoinToken(text: string): JoinToken {
  const [, tokenId, secret, caFingerprint] = pattern.exec(text.trim()) ?? [];
  if (!tokenId || !secret || !caFingerprint) throw new DomainError('invalid', 'This is not a join token.');
  return { tokenId, secret, caFingerprint };
}
