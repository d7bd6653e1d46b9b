import { setTimeout as delay } from 'node:timers/promises';
import { LaunchError } from '../launch-error.js';

export interface WaitOptions {
  /** Completes the sentence "… did not happen within N s". */
  what: string;
  timeoutMs: number;
  intervalMs?: number;
}

/** Polls until `condition` gives something truthy and returns it; a condition that throws ends the wait at once. */
export async function waitFor<T>(condition: () => T | Promise<T>, options: WaitOptions): Promise<NonNullable<T>> {
  const deadline = performance.now() + options.timeoutMs;
  for (;;) {
    const value = await condition();
    if (value) return value as NonNullable<T>;
    if (performance.now() >= deadline) {
      throw new LaunchError(`${options.what} did not happen within ${Math.round(options.timeoutMs / 1000)} s.`);
    }
    await delay(options.intervalMs ?? 50);
  }
}
