import { isRuntimeError } from '#libs/runtime/runtime.error.js';

/**
 * Tries after the first that a refusal which may pass by itself gets, e.g. a host port its last holder still frees, or
 * a registry that does not answer: engines ask it several times by themselves, so each of these takes seconds.
 */
const patience = 2;
const firstDelayMs = 100;
const longestDelayMs = 5_000;
const longestWaitMs = 500;

export type Verdict = { refused: true; message: string } | { refused: false; delayMs: number };

/**
 * Tells an engine that said no from one that could not answer. Silence is never the tenant's fault, so it is
 * tried again for as long as it takes; `attempts` counts the tries before this one.
 */
export function judge(error: unknown, attempts: number): Verdict {
  const delayMs = Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(attempts, 10));
  if (isRuntimeError(error, 'image-not-found', 'unauthorized', 'invalid')) {
    return { refused: true, message: error.message };
  }
  if (isRuntimeError(error, 'unavailable', 'timeout', 'aborted')) return { refused: false, delayMs };
  // Its last holder is being removed, which takes as long as its own grace period.
  if (isRuntimeError(error, 'address-taken')) return { refused: false, delayMs: Math.min(delayMs, longestWaitMs) };
  if (attempts < patience) return { refused: false, delayMs };
  if (isRuntimeError(error)) return { refused: true, message: error.message };
  return { refused: true, message: 'The node’s agent could not start it.' };
}
