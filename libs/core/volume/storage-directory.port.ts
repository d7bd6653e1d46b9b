import type { ObservedShareState } from '#libs/domain/file-share/state.js';

export interface NodeVolumeView {
  volumeId: string;
  projectId: string;
  organizationId: string;
  /** On the node's engine. */
  name: string;
  /** Its user deleted it: the engine's goes too. */
  removed: boolean;
  /** Of a volume with one writer; 0 of any other. */
  fence: number;
}

/** A file share that a node with the storage role keeps. */
export interface NodeShareView {
  shareId: string;
  sizeBytes: number;
  /** Its user deleted it. */
  removed: boolean;
  /** It was ready before: without its data it must not be made anew. */
  made: boolean;
  /** Addresses of the nodes that may mount it. */
  clients: string[];
  /** Volumes on it, each a folder. */
  folders: { volumeId: string; removed: boolean }[];
}

/** What one node is to have and to rid itself of. */
export interface NodeStorage {
  nodeId: string;
  volumes: NodeVolumeView[];
  shares: NodeShareView[];
}

export interface NodeShareReport {
  shareId: string;
  state: ObservedShareState;
  message: string | null;
  /** Null: not measured. */
  usedBytes: number | null;
  totalBytes: number | null;
}

export interface NodeStorageReport {
  shares: NodeShareReport[];
  /** `gone`: the engine no longer has it. */
  volumes: { volumeId: string; usedBytes: number; gone: boolean }[];
  /** Volumes that only images declare, made for an instance. */
  found: { volumeId: string; volumeSet: string; target: string }[];
}

/** What a gateway needs of the platform for its nodes' storage. */
export abstract class StorageDirectory {
  /** Nodes whose storage may have changed after the cursor; from now on when it is null. */
  abstract changesSince(cursor: string | null): Promise<{ cursor: string; nodeIds: string[] }>;
  /** In one consistent read; a node without volumes has an empty list. */
  abstract storageOf(nodeIds: string[]): Promise<NodeStorage[]>;
  /** Stores what a node says of its own volumes; `stale` when its session is not the current one. */
  abstract report(nodeId: string, epoch: number, report: NodeStorageReport): Promise<void>;
}
