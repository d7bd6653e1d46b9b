import { z } from 'zod';
import type { SigningKeyView } from '#libs/core/identity/signing-key.service.js';

export const signingKeyAnswer = z.object({
  kid: z.string(),
  algorithm: z.string(),
  /** The one that new tokens are signed with. */
  signs: z.boolean(),
  createdAt: z.iso.datetime(),
  retiredAt: z.iso.datetime().nullable(),
});
export const signingKeysAnswer = z.object({ items: z.array(signingKeyAnswer) });
export const rotatedAnswer = z.object({ kid: z.string() });

export const toSigningKeys = (keys: SigningKeyView[]): z.infer<typeof signingKeysAnswer> => ({
  items: keys.map((key) => ({
    kid: key.kid,
    algorithm: key.algorithm,
    signs: key.signs,
    createdAt: key.createdAt.toISOString(),
    retiredAt: key.retiredAt?.toISOString() ?? null,
  })),
});
