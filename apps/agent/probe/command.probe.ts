import type { RuntimeDriver } from '#libs/runtime/runtime.driver.js';
import type { Probe } from './probe.js';

/** Healthy when the command ends with 0. Its output is read and dropped. */
export const commandProbe =
  (driver: RuntimeDriver, engineId: string, command: string[]): Probe =>
  async (signal) => {
    const session = await driver.exec(engineId, { command, signal });
    const abort = () => session.close();
    signal.addEventListener('abort', abort, { once: true });
    try {
      for await (const _ of session.output) if (signal.aborted) return false;
      return (await session.exitCode()) === 0;
    } finally {
      signal.removeEventListener('abort', abort);
      session.close();
    }
  };
