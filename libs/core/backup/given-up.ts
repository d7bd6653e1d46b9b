/**
 * The promise, or the signal’s reason as soon as there is one: for what cannot be called off. What comes all the same
 * is given to `late`.
 */
export function orGivenUp<T>(promise: Promise<T>, signal: AbortSignal, late: (value: T) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => {
      void promise.then(late, () => undefined);
      reject(signal.reason as Error);
    };
    if (signal.aborted) return giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}
