import { RuntimeError } from '#libs/runtime/runtime.error.js';

/** How long the engine may take for one answer before the agent counts it as hung, in milliseconds. */
export interface EngineDeadlines {
  look: number;
  change: number;
}

export const engineDeadlines: EngineDeadlines = { look: 15_000, change: 60_000 };

/**
 * The answer, or `timeout` after `ms`. The call itself may still succeed afterwards: whoever gets a timeout
 * has to look before it assumes anything.
 */
export async function within<T>(ms: number, call: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new RuntimeError('timeout', 'The container engine did not answer in time.')), ms);
  });
  try {
    return await Promise.race([call, late]);
  } finally {
    clearTimeout(timer);
  }
}
