import type { ShareMountKind, ShareSource } from '#libs/domain/file-share/mount.js';
import type { FileShareState } from '#libs/domain/file-share/state.js';
import type { NodeState } from '#libs/domain/node/state.js';
import type { VolumeAccess, VolumeDriver, VolumeOwner, VolumeState } from '#libs/domain/volume/volume.js';

export interface VolumeRecord {
  id: string;
  organizationId: string;
  projectId: string;
  name: string;
  driver: VolumeDriver;
  /** Null unless it is on a share. */
  shareId: string | null;
  owner: VolumeOwner;
  /** Of an instance’s own volume; the project’s outlive their service. */
  serviceId: string | null;
  /** See `instanceOf`. */
  instance: string | null;
  /** The name its mount gives it, or the mount’s path where it has none. */
  mountKey: string | null;
  /** What an instance’s unnamed volumes share: their ids are made of it. */
  setId: string | null;
  /** Of an unnamed one: that of the revisions which use it. */
  epoch: number;
  /** When a newer one took an unnamed one’s place; it goes as soon as nothing mounts it. */
  retiredAt: Date | null;
  /** Where a local one is, from its first use on. */
  nodeId: string | null;
  access: VolumeAccess;
  /** Grows with every writer and every release of a volume with one writer; 0 before. */
  fence: number;
  /** The container that became its writer last; null when it was released since. */
  writerId: string | null;
  sizeLimitBytes: number | null;
  /** As its node measured it last. */
  usedBytes: number | null;
  usedAt: Date | null;
  labels: Record<string, string>;
  createdAt: Date;
  rowVersion: number;
}

/** The container that may still write to a volume with one writer; null when none can. */
export interface LiveWriter {
  containerId: string;
  containerName: string;
  nodeName: string | null;
  /** Its node is lost: nobody knows whether it runs. */
  lost: boolean;
}

/** The file share that a volume is on. */
export interface HeldShare {
  id: string;
  name: string;
  state: FileShareState;
  nodeId: string;
  /** Of its node; null: unknown, or the node is gone. */
  machine: string | null;
  nodeGone: boolean;
}

export interface HeldVolume extends VolumeRecord {
  share: HeldShare | null;
  writer: LiveWriter | null;
}

export interface VolumeUser {
  kind: 'service' | 'container';
  id: string;
  name: string;
}

/** A volume with what a representation needs of its surroundings. */
export interface VolumeDetails extends HeldVolume {
  state: VolumeState;
  nodeName: string | null;
  nodeState: NodeState | null;
  serviceName: string | null;
  /** How nodes reach it that have containers which mount it; empty for a local one. */
  mounts: { nodeId: string; nodeName: string; kind: ShareMountKind | null; sentence: string }[];
  /** Living services whose definition names it, and living containers without a service or that mount it still. */
  users: VolumeUser[];
}

export interface VolumeMountRecord {
  containerId: string;
  organizationId: string;
  /** Of the template’s mount. */
  target: string;
  volumeId: string;
  /** The container’s, where a local volume is from now on. */
  nodeId: string;
  /** As the volume was read. */
  fenceBefore: number;
  /** Greater than before when the container becomes its writer; as before for those that only read. */
  fence: number;
}

export interface VolumeRepository {
  /** `conflict` when the project has a volume of that name. */
  insert(volume: VolumeRecord): Promise<void>;
  /** Leaves out those whose name or id is taken; returns the ids of the others. */
  insertNew(volumes: VolumeRecord[]): Promise<string[]>;
  get(projectId: string, nameOrId: string): Promise<VolumeRecord | null>;
  /** As `get`, and holds the row until the transaction ends. */
  lock(projectId: string, nameOrId: string): Promise<VolumeRecord | null>;
  /** Oldest first. */
  list(projectId: string, limit: number, offset: number): Promise<{ rows: VolumeRecord[]; total: number }>;
  details(
    projectId: string,
    filter: { nameOrId?: string; limit: number; offset: number },
  ): Promise<{ rows: VolumeDetails[]; total: number }>;
  byNames(projectId: string, names: string[]): Promise<VolumeRecord[]>;
  /** Its name on the engine of the node that it is on, or that keeps its share; null while it is on none. */
  engineName(id: string): Promise<string | null>;
  /** Where one on a share is; null for a local one, and when the share’s node is gone. */
  shareSource(id: string): Promise<ShareSource | null>;
  /** Nodes with containers that mount it. */
  mountedOn(id: string): Promise<string[]>;
  /** What containers with these mounts may use: volumes of these names, and the service’s instances’ own. */
  forContainers(projectId: string, serviceId: string | null, names: string[]): Promise<HeldVolume[]>;
  /** See `VolumeDetails`. */
  users(volume: Pick<VolumeRecord, 'id' | 'projectId' | 'name' | 'instance'>): Promise<VolumeUser[]>;
  /** Writes access, fence, writer, size limit, node and labels; `stale` when it was changed since it was read. */
  update(volume: VolumeRecord): Promise<void>;
  /**
   * Notes what new containers mount, puts volumes without a node on theirs and makes writers. `stale` when a volume
   * is gone, is on another node by now, or has another writer.
   */
  mount(mounts: VolumeMountRecord[]): Promise<void>;
  /** Containers whose instance’s volumes carry on an older set than their own. */
  setOf(sets: { containerId: string; setId: string }[]): Promise<void>;
  /** A newer set takes the place of these. */
  retire(ids: string[], now: Date): Promise<void>;
  /**
   * Removes a service’s unnamed volumes that no container mounts and no further one will: replaced ones, those of
   * instances that are gone, all when the service is. Returns what was on nodes.
   */
  expire(serviceId: string): Promise<{ id: string; nodeId: string }[]>;
  /** The row goes; its node, if it is on one, is told to remove it until it has. */
  remove(volume: VolumeRecord): Promise<void>;
  /**
   * Names of containers that run, or are to run, with the volume, also by `volumesFrom`. Those that mount it are held
   * until the transaction ends, so that none of them is told to start meanwhile.
   */
  lockRunning(volumeId: string): Promise<string[]>;
  /** Puts the engine’s volume of that name, on that node, in the place of the one before, which its node then removes. */
  replaceData(volume: VolumeRecord, nodeId: string, engineName: string): Promise<void>;
  /** A node is to remove an engine’s volume that is nobody’s any more. */
  discard(place: { organizationId: string; projectId: string }, nodeId: string, engineName: string): Promise<void>;
  /** Whether its node was taken out of the platform, and the volume’s data with it. */
  nodeIsGone(volumeId: string): Promise<boolean>;
  /** Of all projects: what services left that are gone, and removals that no node will do any more. */
  sweep(): Promise<number>;
}
