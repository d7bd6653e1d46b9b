import type { AssignedVolume } from '#libs/agent-protocol/node-assignment.js';
import type { ShareSource } from '#libs/domain/file-share/mount.js';
import { engineVolumeName } from '#libs/domain/volume/engine-name.js';
import { volumeMounts } from '#libs/domain/volume/volume.js';
import { derivedId } from '#libs/platform/id.js';
import { runtimeLabels, type Labels } from '#libs/runtime/labels.js';
import type { RuntimeDriver } from '#libs/runtime/runtime.driver.js';
import { isRuntimeError, RuntimeError } from '#libs/runtime/runtime.error.js';
import type { ShareMounts } from '../shares/share.mounts.js';
import type { FoundVolumes } from '../storage/found-volumes.js';
import type { VolumeFences } from '../storage/volume-fences.js';
import type { HookContainer, RuntimeHook, SpecPart } from './runtime.hook.js';

const maxRememberedImages = 4096;

/**
 * Makes the volumes that a container’s assignment names on first use, and those of its image that its instance keeps.
 * They outlive containers; only volumes that neither names go with theirs. A container that others have taken a
 * volume with one writer from does not start any more.
 */
export class VolumeHook implements RuntimeHook {
  readonly name = 'volume';
  /** What images declare, by their ids. */
  private readonly paths = new Map<string, readonly string[]>();

  constructor(
    private readonly driver: RuntimeDriver,
    private readonly fences: VolumeFences,
    private readonly found: FoundVolumes,
    private readonly shares: ShareMounts | null = null,
  ) {}

  async prepare(container: HookContainer): Promise<SpecPart> {
    const { assignment } = container;
    const labels = {
      [runtimeLabels.project]: assignment.projectId,
      [runtimeLabels.organization]: assignment.organizationId,
    };
    this.refuseUnknown(container);
    const volumes: Record<string, string> = {};
    for (const volume of assignment.volumes) {
      if (volume.share) await this.onShare(volume, volume.share, labels);
      else await this.onNode(volume, labels);
      volumes[volume.target] = volume.name;
    }
    Object.assign(volumes, await this.ofImage(container, labels));
    const volumesFrom = assignment.volumesFrom.map((serviceId) => this.lender(container, serviceId));
    return { volumes, ...(volumesFrom.length > 0 && { volumesFrom }) };
  }

  /** Before each start: what it may write to may be another’s by now. */
  async starting({ assignment }: HookContainer): Promise<void> {
    for (const { volumeId, target, fence, share } of assignment.volumes) {
      // After a restart of the node it has to be mounted again.
      if (share) await this.reach().optionsFor(share, volumeId);
      if (fence === 0 || (await this.fences.admit(volumeId, fence))) continue;
      throw new RuntimeError(
        'invalid',
        `The volume at ${target} has one writer at a time and was given to another container since.`,
      );
    }
  }

  /** What the engine has of a share’s volume is the way to it, no data: it goes with the last that uses it here. */
  async destroy({ assignment }: HookContainer): Promise<void> {
    const left = assignment.volumes.filter(({ share }) => share !== null);
    for (const { name } of left) {
      try {
        await this.driver.removeVolume(name);
      } catch (error) {
        if (!isRuntimeError(error, 'conflict')) throw error;
      }
    }
    if (!left.length) return;
    const used = new Set((await this.driver.listVolumes()).map(({ labels }) => labels[runtimeLabels.share]));
    for (const { share } of left) if (share && !used.has(share.shareId)) await this.shares?.release(share.shareId);
  }

  private async onNode({ name, options }: AssignedVolume, labels: Labels): Promise<void> {
    const driverOptions = Object.keys(options).length > 0 && { options };
    await this.driver.createVolume({ name, labels, ...driverOptions });
  }

  /** An engine keeps the options that a volume was made with: where the way to the share is another now, it is made anew. */
  private async onShare({ name, volumeId }: AssignedVolume, share: ShareSource, labels: Labels): Promise<void> {
    const options = await this.reach().optionsFor(share, volumeId);
    const way = { [runtimeLabels.share]: share.shareId, [runtimeLabels.shareMount]: JSON.stringify(options) };
    const spec = { name, options, labels: { ...labels, ...way } };
    try {
      await this.driver.createVolume(spec);
    } catch (error) {
      if (!isRuntimeError(error, 'conflict')) throw error;
      await this.driver.removeVolume(name);
      await this.driver.createVolume(spec);
    }
  }

  private reach(): ShareMounts {
    if (this.shares) return this.shares;
    throw new RuntimeError('unavailable', 'This node mounts no file shares.');
  }

  /** Under its own name on the engine it could be another project’s. */
  private refuseUnknown({ assignment, template }: HookContainer): void {
    const known = new Set(assignment.volumes.map(({ target }) => target));
    for (const mount of volumeMounts(template)) {
      if ((mount.volume === null && !mount.perInstance) || known.has(mount.target)) continue;
      throw new RuntimeError('unavailable', `The node was not told which volume belongs to ${mount.target}.`);
    }
  }

  /** Only the engine knows which paths an image declares. */
  private async ofImage(container: HookContainer, labels: Labels): Promise<Record<string, string>> {
    const { assignment, template } = container;
    const { volumeSet } = assignment;
    if (volumeSet === null) return {};
    const paths = await this.declared(container);
    const covered = new Set(template.mounts.map((mount) => plain(mount.target)));
    const volumes: Record<string, string> = {};
    for (const target of paths.map(plain).filter((path) => !covered.has(path))) {
      const volumeId = derivedId(volumeSet, target);
      const name = engineVolumeName(this.driver.scope, volumeId);
      // Said by the engine too, so that a restarted agent can tell of it.
      const own = { [runtimeLabels.volumeSet]: volumeSet, [runtimeLabels.volumeTarget]: target };
      await this.driver.createVolume({ name, labels: { ...labels, ...own } });
      this.found.add({ volumeId, volumeSet, target });
      volumes[target] = name;
    }
    return volumes;
  }

  /** An image never changes, so each is looked at once. */
  private async declared({ imageId, template }: HookContainer): Promise<readonly string[]> {
    const known = imageId === null ? undefined : this.paths.get(imageId);
    if (known) return known;
    const image = await this.driver.inspectImage(imageId ?? template.image);
    if (this.paths.size >= maxRememberedImages) this.paths.clear();
    this.paths.set(image.imageId, image.volumes);
    return image.volumes;
  }

  /** Of several containers of the service the one with the same number, else the first. */
  private lender(container: HookContainer, serviceId: string): string {
    const lenders = container.neighbours(serviceId);
    const own = lenders.find(({ ordinal }) => ordinal === container.assignment.ordinal);
    const [first] = [...lenders].sort((a, b) => a.ordinal - b.ordinal);
    const lender = own ?? first;
    if (lender) return lender.engineId;
    throw new RuntimeError('unavailable', 'The container whose volumes it uses is not on this node yet.');
  }
}

const plain = (path: string): string => (path.length > 1 ? path.replace(/\/+$/, '') : path);
