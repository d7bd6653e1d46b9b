import type { ContainerView } from '../snapshot.js';

/**
 * A slot whose container failed is filled again after 5 s, doubled for every further failure of that slot within
 * the last hour, up to 5 min. Failures are those written down in the snapshot, so no counter is kept anywhere.
 * Only failures of what is to be tried again count: something else is given its chance at once.
 */
export const firstBackoffMs = 5_000;
export const longestBackoffMs = 300_000;
const memoryMs = 3_600_000;

/** When the slot may be filled again; `now` or earlier means at once. A failure not written down yet is of now. */
export function refillAt(now: Date, failed: readonly ContainerView[]): Date {
  const moments = failed.map((container) => (container.failedAt ?? now).getTime());
  const recent = moments.filter((at) => at > now.getTime() - memoryMs);
  if (recent.length === 0) return now;
  const wait = Math.min(longestBackoffMs, firstBackoffMs * 2 ** Math.min(recent.length - 1, 20));
  return new Date(Math.max(...recent) + wait);
}
