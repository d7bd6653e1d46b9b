import type { StorageNodeView } from '#libs/control/storage/place-share.js';
import type { IopsPerGigabyte } from '#libs/domain/file-share/flavour.js';
import type { ShareMountKind } from '#libs/domain/file-share/mount.js';
import type { FileShareState, ObservedShareState } from '#libs/domain/file-share/state.js';
import type { NodeState } from '#libs/domain/node/state.js';
import type { ReconcileKey } from '../outbox/outbox.port.js';
import type { PageWish } from '../tenancy/page.js';

export interface FileShareRecord {
  id: string;
  organizationId: string;
  /** Whose it is; others of the organization may be allowed to put volumes on it. */
  projectId: string;
  /** One of its organization’s. */
  name: string;
  sizeBytes: number;
  iopsPerGb: IopsPerGigabyte;
  nodeId: string;
  /** Its user deleted it. */
  removed: boolean;
  state: FileShareState;
  message: string | null;
  /** Its node’s word. */
  observed: ObservedShareState;
  observedMessage: string | null;
  /** When it was ready first. */
  madeAt: Date | null;
  /** As its node measured it last: what files take, and what the file system can hold. */
  usedBytes: number | null;
  totalBytes: number | null;
  usedAt: Date | null;
  labels: Record<string, string>;
  createdAt: Date;
  rowVersion: number;
}

/** A share with what a representation needs of its surroundings. */
export interface FileShareDetails extends FileShareRecord {
  nodeName: string | null;
  sharedWith: { id: string; namespace: string }[];
  volumes: { id: string; name: string; projectId: string }[];
  /** Nodes with containers that mount something of it. */
  mounts: { nodeId: string; nodeName: string; kind: ShareMountKind | null; sentence: string }[];
}

/** What its reconciler looks at. */
export interface FileShareScene {
  share: FileShareRecord;
  /** Null when the node was removed. */
  nodeState: NodeState | null;
}

export interface FileShareRepository {
  /** `conflict` when the organization has a share of that name. */
  insert(share: FileShareRecord): Promise<void>;
  /** Those of the project and those it may use, oldest first. */
  details(
    projectId: string,
    filter: PageWish & { nameOrId?: string },
  ): Promise<{ rows: FileShareDetails[]; total: number }>;
  /** One that the project owns or may use; held until the transaction ends. */
  lock(projectId: string, nameOrId: string): Promise<FileShareRecord | null>;
  /** For the platform’s own work. */
  lockAny(id: string): Promise<FileShareScene | null>;
  /** Writes removal, state and message, first readiness and labels; `stale` when it was changed since it was read. */
  update(share: FileShareRecord): Promise<void>;
  delete(id: string): Promise<void>;
  /** Volumes on it, of one project or of all. */
  volumesOn(id: string, projectId: string | null): Promise<{ id: string; name: string }[]>;
  /** Backup targets on it, of one project or of all. */
  backupTargetsOn(id: string, projectId: string | null): Promise<{ id: string; name: string }[]>;
  /** Lets projects of its organization use it. */
  allow(share: Pick<FileShareRecord, 'id' | 'organizationId'>, projects: string[]): Promise<void>;
  disallow(id: string, projects: string[]): Promise<void>;
  /** Nodes that may keep a share of the organization, whose rows are held. For the platform’s own work. */
  storageNodes(organizationId: string): Promise<StorageNodeView[]>;
  /** Of the shares on the node. */
  keysOnNode(nodeId: string): Promise<ReconcileKey[]>;
  /** Services and containers with volumes on it. */
  keysOf(id: string): Promise<ReconcileKey[]>;
}
