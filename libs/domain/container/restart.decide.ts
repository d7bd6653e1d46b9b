import type { RestartPolicy } from '../service/spec.js';

export interface RestartHistory {
  /** Ends in a row before this one that were answered by a restart; 0 after a fresh start. */
  failures: number;
  lastStartedAt: Date | null;
  /** Of the end that is decided about; null when it never ran or the engine does not know. */
  exitCode: number | null;
  /** How long the run lasted, 0 when it never ran. */
  ranMs: number;
}

export type RestartDecision =
  /** Start again at `at`; `failures` is what the history holds from then on. */
  { restart: true; at: Date; failures: number } | { restart: false; final: 'exited' | 'failed'; sentence: string };

/** With no wait asked for, the first restart is immediate and the next ones wait from here on. */
export const firstRepeatMs = 100;

/** No shorter run forgets what was before it, or `resetAfterMs: 0` would let a crashing process spin. */
export const shortestForgettingRunMs = 1_000;

/**
 * Whether a container whose process ended by itself is started again. The wait doubles with every end in a row, up
 * to `maxDelayMs`; a run of at least `resetAfterMs` forgets earlier ones. Both the wait and `maxAttempts` apply to
 * an end with code 0 under `always` as well, or a process that ends at once would spin. Never throws.
 */
export function decideRestart(policy: RestartPolicy, history: RestartHistory, now: Date): RestartDecision {
  const code = history.exitCode;
  const ended = code === null ? 'It ended with an unknown code' : `It exited with code ${code}`;
  if (policy.condition === 'never') return { restart: false, final: 'exited', sentence: `${ended}.` };
  if (policy.condition === 'on-failure' && code === 0)
    return { restart: false, final: 'exited', sentence: `${ended}.` };

  const forgets =
    history.lastStartedAt !== null && history.ranMs >= Math.max(policy.resetAfterMs, shortestForgettingRunMs);
  const failures = (forgets ? 0 : history.failures) + 1;
  if (policy.maxAttempts > 0 && failures > policy.maxAttempts) {
    const times = policy.maxAttempts === 1 ? 'once' : `${policy.maxAttempts} times`;
    return {
      restart: false,
      final: 'failed',
      sentence: `${ended} and had been restarted ${times}, as often as allowed.`,
    };
  }
  return { restart: true, at: new Date(now.getTime() + waitMs(policy, failures)), failures };
}

/** The wait before the `failures`th restart in a row. */
function waitMs(policy: RestartPolicy, failures: number): number {
  if (policy.delayMs === 0 && failures === 1) return 0;
  const first = policy.delayMs === 0 ? firstRepeatMs : policy.delayMs;
  const doublings = policy.delayMs === 0 ? failures - 2 : failures - 1;
  return Math.min(Math.max(policy.maxDelayMs, policy.delayMs), first * 2 ** Math.min(doublings, 40));
}
