/** What a key has left of its minute. */
export interface Allowance {
  limit: number;
  remaining: number;
  resetSeconds: number;
}

/**
 * Counts calls per key over a minute, shared by all processes. Never fails and never waits for another part: it
 * counts on by itself while that one is away.
 */
export abstract class RateLimiter {
  /** Counts one call and refuses with `rate-limited` and the seconds to wait when the key has used up its minute. */
  abstract take(key: string, limitPerMinute: number): Allowance;
}
