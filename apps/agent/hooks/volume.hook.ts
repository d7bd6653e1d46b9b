import { runtimeLabels } from '#libs/runtime/labels.js';
import type { RuntimeDriver } from '#libs/runtime/runtime.driver.js';
import { volumeName } from './engine-name.js';
import type { HookContainer, RuntimeHook, SpecPart } from './runtime.hook.js';

/** Makes the project's named volumes on first use. They outlive containers; unnamed ones go with theirs. */
export class VolumeHook implements RuntimeHook {
  readonly name = 'volume';

  constructor(private readonly driver: RuntimeDriver) {}

  async prepare({ assignment, template }: HookContainer): Promise<SpecPart> {
    const { projectId, organizationId } = assignment;
    const volumes: Record<string, string> = {};
    for (const mount of template.mounts) {
      if (mount.kind !== 'volume' || mount.volume === null || mount.volume in volumes) continue;
      const name = volumeName(this.driver.scope, projectId, mount.volume);
      const labels = { [runtimeLabels.project]: projectId, [runtimeLabels.organization]: organizationId };
      await this.driver.createVolume({ name, labels });
      volumes[mount.volume] = name;
    }
    return { volumes };
  }
}
