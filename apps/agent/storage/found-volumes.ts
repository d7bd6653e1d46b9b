import { runtimeLabels } from '#libs/runtime/labels.js';
import type { RuntimeDriver } from '#libs/runtime/runtime.driver.js';
import { derivedId } from '#libs/platform/id.js';

export interface FoundVolume {
  volumeId: string;
  volumeSet: string;
  target: string;
}

/** Volumes of this node that only images declare, and that the control plane learns of from here. */
export class FoundVolumes {
  private readonly volumes = new Map<string, FoundVolume>();
  private listener: () => void = () => undefined;

  get all(): FoundVolume[] {
    return [...this.volumes.values()];
  }

  onNew(listener: () => void): void {
    this.listener = listener;
  }

  add(volume: FoundVolume): void {
    if (this.volumes.has(volume.volumeId)) return;
    this.volumes.set(volume.volumeId, volume);
    this.listener();
  }

  forget(volumeId: string): void {
    this.volumes.delete(volumeId);
  }

  /** What earlier lives of the agent found is written on the volumes themselves. */
  async load(driver: RuntimeDriver): Promise<void> {
    for (const { labels } of await driver.listVolumes()) {
      const volumeSet = labels[runtimeLabels.volumeSet];
      const target = labels[runtimeLabels.volumeTarget];
      if (volumeSet && target) this.add({ volumeId: derivedId(volumeSet, target), volumeSet, target });
    }
  }
}
