import type { RuntimeContainerDetail } from '#libs/runtime/container.js';
import type { RuntimeDriver } from '#libs/runtime/runtime.driver.js';
import { probeFor } from '../probe/probe-for.js';
import { ProbeLoop } from '../probe/probe.loop.js';
import type { HookContainer, RuntimeHook } from './runtime.hook.js';

/** Runs the template's health check for as long as the container runs. */
export class HealthHook implements RuntimeHook {
  readonly name = 'health';
  private readonly loops = new Map<string, ProbeLoop>();

  constructor(private readonly driver: RuntimeDriver) {}

  started(container: HookContainer, detail: RuntimeContainerDetail): void {
    this.stopped(container);
    const check = container.template.healthCheck;
    if (!check) return;
    const loop = new ProbeLoop(check, probeFor(check, this.driver, detail), (state) => container.health(state));
    this.loops.set(container.id, loop);
    loop.start();
  }

  stopped({ id }: HookContainer): void {
    this.loops.get(id)?.stop();
    this.loops.delete(id);
  }
}
