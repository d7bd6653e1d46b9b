import type { Allowance } from '#libs/core/identity/rate-limiter.port.js';

/** How many calls of this minute are left; nothing where nobody counted. */
export const rateHeaders = (allowance: Allowance | null | undefined): Record<string, string> =>
  allowance
    ? {
        'x-ratelimit-limit': String(allowance.limit),
        'x-ratelimit-remaining': String(Math.max(0, allowance.remaining)),
        'x-ratelimit-reset': String(allowance.resetSeconds),
      }
    : {};
