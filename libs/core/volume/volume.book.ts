import type { ContainerTemplate } from '#libs/domain/container/template.js';
import { DomainError } from '#libs/domain/error.js';
import { instanceVolumeName, unnamedVolumeName } from '#libs/domain/volume/instance-volume.js';
import { volumeMounts, type VolumeMount } from '#libs/domain/volume/volume.js';
import { derivedId } from '#libs/platform/id.js';
import { newVolume } from './new-volume.js';
import type { HeldVolume, VolumeMountRecord, VolumeRecord } from './volume.repository.port.js';

/** A container that is about to be made, with what decides on its volumes. */
export interface VolumeTaker {
  containerId: string;
  organizationId: string;
  projectId: string;
  nodeId: string;
  /** Null for a standalone container: it has no instances. */
  service: { id: string; name: string } | null;
  /** See `instanceOf`. */
  instance: string;
  epoch: number;
  template: Pick<ContainerTemplate, 'mounts' | 'imageVolumes'>;
}

/**
 * Works out which volumes new containers mount: the project's by name, an instance's own of what its containers before
 * had on this node, and new ones for the rest. Pure but for the ids it makes; the given volumes are not changed.
 */
export class VolumeBook {
  readonly made: VolumeRecord[] = [];
  /** By id: what one is called when its name is taken. */
  readonly otherNames = new Map<string, string>();
  readonly mounts: VolumeMountRecord[] = [];
  /** Unnamed ones on a node that is given up. */
  readonly retired: string[] = [];
  /** Containers that go on with a set which is not named by their own id. */
  readonly sets: { containerId: string; setId: string }[] = [];
  private readonly known: VolumeRecord[];

  constructor(
    volumes: readonly VolumeRecord[],
    private readonly now: Date,
  ) {
    this.known = volumes.map((volume) => ({ ...volume }));
  }

  /** Those on file shares that are mounted. */
  get onShares(): VolumeRecord[] {
    const mounted = new Set(this.mounts.map(({ volumeId }) => volumeId));
    return this.known.filter(({ id, driver }) => driver === 'share' && mounted.has(id));
  }

  /** How many of those to be made count against the quota: an instance’s unnamed ones do not. */
  get counted(): number {
    return this.made.filter(({ owner }) => owner === 'project').length;
  }

  take(taker: VolumeTaker): void {
    const set = this.setFor(taker);
    for (const mount of volumeMounts(taker.template)) {
      const volume = this.volumeFor(taker, mount, set);
      if (volume) this.note(taker, mount, volume);
    }
  }

  private volumeFor(taker: VolumeTaker, mount: VolumeMount, set: string): VolumeRecord | null {
    const { service } = taker;
    if (mount.perInstance && service) {
      return mount.volume === null
        ? this.unnamed(taker, service, mount.target, set)
        : this.ofInstance(taker, service, mount.volume);
    }
    return mount.volume === null ? null : this.ofProject(taker, mount.volume);
  }

  private ofProject(taker: VolumeTaker, name: string): VolumeRecord {
    const found = this.known.find((volume) => volume.owner === 'project' && volume.name === name);
    return found ?? this.make(newVolume(taker, name, this.now));
  }

  private ofInstance(taker: VolumeTaker, service: { id: string; name: string }, key: string): VolumeRecord {
    const { instance } = taker;
    const found = this.known.find(
      (volume) =>
        volume.owner === 'project' &&
        volume.serviceId === service.id &&
        volume.instance === instance &&
        volume.mountKey === key,
    );
    if (found) return found;
    const name = (apart: string | null) => instanceVolumeName(key, service.name, instance, apart);
    const own = { serviceId: service.id, instance, mountKey: key };
    const made = this.make(newVolume(taker, name(null), this.now, own));
    this.otherNames.set(made.id, name(service.id));
    return made;
  }

  private unnamed(
    taker: VolumeTaker,
    service: { id: string; name: string },
    target: string,
    setId: string,
  ): VolumeRecord {
    const { instance, epoch } = taker;
    const id = derivedId(setId, target);
    const found = this.known.find((volume) => volume.id === id);
    const name = unnamedVolumeName(service.name, instance, id);
    const own = { id, owner: 'instance' as const, serviceId: service.id, instance, mountKey: target, setId, epoch };
    return found ?? this.make(newVolume(taker, name, this.now, own));
  }

  /** Of what the instance has on this node, else a new one; what it has on nodes that it left is given up. */
  private setFor({ containerId, service, instance, epoch, nodeId }: VolumeTaker): string {
    if (!service) return containerId;
    const own = this.known.filter(
      (volume) =>
        volume.owner === 'instance' &&
        volume.serviceId === service.id &&
        volume.instance === instance &&
        volume.epoch === epoch &&
        volume.retiredAt === null,
    );
    const isHere = (volume: VolumeRecord) => volume.nodeId === null || volume.nodeId === nodeId;
    for (const volume of own.filter((each) => !isHere(each))) {
      volume.retiredAt = this.now;
      this.retired.push(volume.id);
    }
    const setId = own.find(isHere)?.setId ?? containerId;
    if (setId !== containerId) this.sets.push({ containerId, setId });
    return setId;
  }

  private note({ containerId, organizationId, nodeId }: VolumeTaker, mount: VolumeMount, volume: VolumeRecord): void {
    if (volume.driver === 'local') {
      volume.nodeId ??= nodeId;
      if (volume.nodeId !== nodeId) throw new DomainError('stale', `Volume "${volume.name}" is on another node.`);
    }
    const fenceBefore = this.mounts.find((other) => other.volumeId === volume.id)?.fenceBefore ?? volume.fence;
    const writes = volume.access === 'single-writer' && !mount.readOnly;
    if (writes && volume.writerId !== containerId) {
      volume.fence += 1;
      volume.writerId = containerId;
    }
    const fence = writes ? volume.fence : fenceBefore;
    const { target } = mount;
    this.mounts.push({ containerId, organizationId, target, volumeId: volume.id, nodeId, fenceBefore, fence });
  }

  private make(volume: VolumeRecord): VolumeRecord {
    this.known.push(volume);
    this.made.push(volume);
    return volume;
  }
}

/** The nodes that keep the shares of what is mounted. */
export const shareNodes = (volumes: readonly HeldVolume[], { mounts }: VolumeBook): string[] => [
  ...new Set(
    volumes
      .filter(({ id }) => mounts.some(({ volumeId }) => volumeId === id))
      .flatMap(({ share }) => (share ? [share.nodeId] : [])),
  ),
];
