import { z } from 'zod';
import type { SessionTokens } from '#libs/core/identity/session.service.js';

export const loginBody = z.strictObject({ name: z.string().min(1).max(254), password: z.string().min(1).max(256) });
export const refreshBody = z.strictObject({ refreshToken: z.string().min(1).max(256) });

export const tokensAnswer = z.object({
  accessToken: z.string(),
  tokenType: z.literal('Bearer'),
  /** Seconds. */
  expiresIn: z.number(),
  refreshToken: z.string(),
  refreshExpiresAt: z.iso.datetime(),
});

export const toTokens = (tokens: SessionTokens): z.infer<typeof tokensAnswer> => ({
  accessToken: tokens.accessToken,
  tokenType: 'Bearer',
  expiresIn: tokens.expiresIn,
  refreshToken: tokens.refreshToken,
  refreshExpiresAt: tokens.refreshExpiresAt.toISOString(),
});

export const jwksAnswer = z.object({ keys: z.array(z.record(z.string(), z.unknown())) });
