import type { Scene } from './scene.js';
import type { Slot } from './slots.js';

/**
 * A slot whose container failed is filled again after 5 s, doubled for every further failure of that slot within
 * the last hour, up to 5 min. Failures are those written down in the snapshot, so no counter is kept anywhere.
 */
export const firstBackoffMs = 5_000;
export const longestBackoffMs = 300_000;
const memoryMs = 3_600_000;

/** When the slot may be filled again; `now` or earlier means at once. `failingNow` are failures found just now. */
export function refillAt(scene: Scene, slot: Slot, failingNow = 0): Date {
  const since = scene.now.getTime() - memoryMs;
  const recent = slot.failedAt.map((at) => at.getTime()).filter((at) => at > since);
  const count = recent.length + failingNow;
  if (count === 0) return scene.now;
  const last = failingNow > 0 ? scene.now.getTime() : (recent.at(-1) ?? 0);
  const wait = Math.min(longestBackoffMs, firstBackoffMs * 2 ** Math.min(count - 1, 20));
  return new Date(last + wait);
}
