import type { Allowance } from '#libs/core/identity/rate-limiter.port.js';
import type { Refusal } from './refusal.js';

export interface RefusalAnswer {
  status: number;
  headers?: Record<string, string>;
  body: unknown;
}

/**
 * How one dialect says no. Chosen by the request's path, because a body that cannot be parsed or a route that does
 * not exist fails before any controller is known.
 */
export interface DialectErrors {
  /** Paths that start with one of these are the dialect's; the longest match wins. */
  readonly prefixes: readonly string[];
  /** @param allowance how many calls the credential has left, where it was counted */
  answer(refusal: Refusal, allowance?: Allowance | null): RefusalAnswer;
}

/** Headers that go with a refusal in every dialect. */
export function refusalHeaders({ code, detail }: Refusal): Record<string, string> {
  const headers: Record<string, string> = {};
  if (code === 'unauthenticated') headers['www-authenticate'] = 'Basic realm="pierhead", charset="UTF-8"';
  if (detail.retryAfterSeconds !== undefined) headers['retry-after'] = String(Math.ceil(detail.retryAfterSeconds));
  return headers;
}
