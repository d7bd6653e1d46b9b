import type { RuntimeContainerDetail } from '#libs/runtime/container.js';
import { runtimeLabels } from '#libs/runtime/labels.js';
import type { RuntimeDriver } from '#libs/runtime/runtime.driver.js';
import { isRuntimeError } from '#libs/runtime/runtime.error.js';
import { type Overlay, overlayNames } from '../network/overlay.js';
import { networkName } from './engine-name.js';
import { KeyedLock } from './keyed-lock.js';
import type { HookContainer, RuntimeHook, SpecPart } from './runtime.hook.js';

/**
 * One network per project on this node: made with its first container, removed with its last. With an overlay it is
 * this node's part of the project's private network, and containers have the addresses that they were given.
 */
export class NetworkHook implements RuntimeHook {
  readonly name = 'network';
  private readonly lock = new KeyedLock();
  private readonly present = new Set<string>();

  constructor(
    private readonly driver: RuntimeDriver,
    /** Null: each network ends at its node, and the engine gives the addresses. */
    private readonly overlay: Overlay | null = null,
  ) {}

  async prepare(container: HookContainer): Promise<SpecPart> {
    const { assignment, template } = container;
    if (template.networkMode !== 'bridge') return {};
    const { projectId, serviceName, ordinal, privateAddress } = assignment;
    if (this.overlay && privateAddress !== null) {
      const name = await this.overlay.network(projectId, container.retrying, container.signal);
      const place = await this.overlay.admit(assignment, privateAddress);
      return { network: { ...place, name }, names: overlayNames };
    }
    const name = networkName(this.driver.scope, projectId);
    await this.lock.run(projectId, async () => {
      if (this.present.has(projectId) && !container.retrying) return;
      const { organizationId } = assignment;
      const labels = { [runtimeLabels.project]: projectId, [runtimeLabels.organization]: organizationId };
      await this.driver.createNetwork({ name, labels });
      this.present.add(projectId);
    });
    return { network: { name, aliases: serviceName ? [serviceName, `${serviceName}-${ordinal}`] : [] } };
  }

  async starting({ assignment, template }: HookContainer): Promise<void> {
    if (template.networkMode === 'bridge') await this.overlay?.starting(assignment);
  }

  started({ assignment, template }: HookContainer, _detail: RuntimeContainerDetail): void {
    if (template.networkMode === 'bridge') this.overlay?.started(assignment);
  }

  stopped({ id }: HookContainer): void {
    this.overlay?.ended(id);
  }

  async destroy(container: HookContainer): Promise<void> {
    await this.overlay?.released(container.id);
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
