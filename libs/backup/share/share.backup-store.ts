import type { Readable } from 'node:stream';
import type { BackupStore, PutOptions, StoredObject } from '#libs/core/backup/backup-store.port.js';
import type { ShareObjects } from '#libs/core/stream/share-objects.port.js';

export interface ShareStoreOptions {
  objects: ShareObjects;
  shareId: string;
  /** Whose objects they are. */
  targetId: string;
  /** The share’s node; throws `invalid` when the project may not use such a share. */
  locate: () => Promise<string>;
}

/** A folder of a file share, on the share’s node. */
export class ShareBackupStore implements BackupStore {
  constructor(private readonly options: ShareStoreOptions) {}

  async put(key: string, content: Readable, { signal }: PutOptions): Promise<void> {
    const { objects, locate } = this.options;
    await objects.put(await locate(), this.at(key), content, signal);
  }

  async get(key: string, signal: AbortSignal): Promise<Readable> {
    const { objects, locate } = this.options;
    return objects.get(await locate(), this.at(key), signal);
  }

  async *list(prefix: string, signal: AbortSignal): AsyncGenerator<StoredObject> {
    const { objects, locate } = this.options;
    yield* objects.list(await locate(), this.at(prefix), signal);
  }

  async clear(prefix: string, signal: AbortSignal): Promise<void> {
    const { objects, locate } = this.options;
    await objects.clear(await locate(), this.at(prefix), signal);
  }

  /** Its ways to nodes are everybody’s. */
  close(): void {
    return;
  }

  private at(key: string) {
    return { shareId: this.options.shareId, folder: this.options.targetId, key };
  }
}
