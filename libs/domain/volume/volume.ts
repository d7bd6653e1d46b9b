import type { ContainerTemplate, Mount } from '../container/template.js';

/** `local` volumes are on one node; those on a file share are wherever their share can be mounted. */
export const volumeDrivers = ['local', 'share'] as const;
export type VolumeDriver = (typeof volumeDrivers)[number];

/** How many containers may write: any number, or one, which holds the volume’s fence. */
export const volumeAccesses = ['shared', 'single-writer'] as const;
export type VolumeAccess = (typeof volumeAccesses)[number];

/** A project’s volumes stay until their user deletes them; an instance’s unnamed ones go with the instance. */
export const volumeOwners = ['project', 'instance'] as const;
export type VolumeOwner = (typeof volumeOwners)[number];

/**
 * `unplaced`: nothing has used it yet · `ready` · `unreachable`: its node is not there at present · `lost`: its node
 * was removed, and its data with it.
 */
export const volumeStates = ['unplaced', 'ready', 'unreachable', 'lost'] as const;
export type VolumeState = (typeof volumeStates)[number];

export type VolumeMount = Extract<Mount, { kind: 'volume' }>;

type Mounts = Pick<ContainerTemplate, 'mounts'>;

export const volumeMounts = ({ mounts }: Mounts): VolumeMount[] => mounts.filter((mount) => mount.kind === 'volume');

/** Mounts of the project’s volumes, which are the same for every container. */
export const sharedMounts = (template: Mounts): (VolumeMount & { volume: string })[] =>
  volumeMounts(template).flatMap((mount) =>
    mount.volume !== null && !mount.perInstance ? [{ ...mount, volume: mount.volume }] : [],
  );

/** Mounts of which every instance has its own. */
export const instanceMounts = (template: Mounts): VolumeMount[] =>
  volumeMounts(template).filter((mount) => mount.perInstance);

/** An instance of it may hold data that its next container is to find. */
export const keepsInstanceData = (template: Pick<ContainerTemplate, 'mounts' | 'imageVolumes'>): boolean =>
  template.imageVolumes === 'instance' || template.mounts.some((mount) => mount.kind === 'volume' && mount.perInstance);
