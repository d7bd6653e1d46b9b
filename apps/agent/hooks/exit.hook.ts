import type { RuntimeContainerDetail } from '#libs/runtime/container.js';
import type { RuntimeDriver } from '#libs/runtime/runtime.driver.js';
import { isRuntimeError } from '#libs/runtime/runtime.error.js';
import type { HookContainer, RuntimeHook } from './runtime.hook.js';

/**
 * Notices the end of a container's process within milliseconds, through the driver's wait. Where a wait breaks,
 * the engine's events and the regular listing notice it instead.
 */
export class ExitHook implements RuntimeHook {
  readonly name = 'exit';
  private readonly waits = new Map<string, AbortController>();

  constructor(private readonly driver: RuntimeDriver) {}

  started(container: HookContainer, { engineId }: RuntimeContainerDetail): void {
    this.stopped(container);
    const controller = new AbortController();
    this.waits.set(container.id, controller);
    this.driver
      .wait(engineId, controller.signal)
      .then(({ exitCode }) => {
        if (!controller.signal.aborted) container.gone(exitCode);
      })
      .catch((error: unknown) => {
        if (isRuntimeError(error, 'not-found') && !controller.signal.aborted) container.gone(null);
      });
  }

  stopped({ id }: HookContainer): void {
    this.waits.get(id)?.abort();
    this.waits.delete(id);
  }
}
