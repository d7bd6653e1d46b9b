import { runtimeLabels } from '#libs/runtime/labels.js';
import type { RuntimeDriver } from '#libs/runtime/runtime.driver.js';
import { isRuntimeError } from '#libs/runtime/runtime.error.js';
import { networkName } from './engine-name.js';
import { KeyedLock } from './keyed-lock.js';
import type { HookContainer, RuntimeHook, SpecPart } from './runtime.hook.js';

/** One network per project on this node: made with its first container, removed with its last. */
export class NetworkHook implements RuntimeHook {
  readonly name = 'network';
  private readonly lock = new KeyedLock();
  private readonly present = new Set<string>();

  constructor(private readonly driver: RuntimeDriver) {}

  async prepare({ assignment, template, retrying }: HookContainer): Promise<SpecPart> {
    if (template.networkMode !== 'bridge') return {};
    const { projectId, organizationId, serviceName, ordinal } = assignment;
    const name = networkName(this.driver.scope, projectId);
    await this.lock.run(projectId, async () => {
      if (this.present.has(projectId) && !retrying) return;
      const labels = { [runtimeLabels.project]: projectId, [runtimeLabels.organization]: organizationId };
      await this.driver.createNetwork({ name, labels });
      this.present.add(projectId);
    });
    const aliases = serviceName ? [serviceName, `${serviceName}-${ordinal}`] : [];
    return { network: { name, aliases } };
  }

  async destroy(container: HookContainer): Promise<void> {
    const { projectId } = container.assignment;
    await this.lock.run(projectId, async () => {
      if (container.sharesProject()) return;
      this.present.delete(projectId);
      try {
        await this.driver.removeNetwork(networkName(this.driver.scope, projectId));
      } catch (error) {
        // Something else hangs on it, or it is not ours: it stays.
        if (!isRuntimeError(error, 'conflict', 'not-found')) throw error;
      }
    });
  }
}
