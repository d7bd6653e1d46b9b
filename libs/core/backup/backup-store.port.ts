import type { Readable } from 'node:stream';
import type { BackupTargetSettings } from '#libs/domain/backup/target.js';

/** A target as whoever reaches it needs it. */
export interface OpenedTarget {
  id: string;
  organizationId: string;
  projectId: string;
  settings: BackupTargetSettings;
  /** Null where the kind of target has none. */
  secret: string | null;
}

/**
 * Objects under keys, as streams: nothing is held but a few parts of what passes. Keys are paths with `/`. Errors:
 * `invalid` with the target’s field that is wrong (`endpoint`, `bucket`, `accessKeyId`, …), `not-found` (object),
 * `unavailable` and `timeout` for what may pass by itself. Whatever `signal` aborts rejects with its reason.
 */
export interface BackupStore {
  /** Resolves when all of it is there. Rejects with what its content rejected with; nothing is to be seen then. */
  put(key: string, content: Readable, options: PutOptions): Promise<void>;
  /** Rejects before anything is read when there is none; the stream breaks when it ends too early. */
  get(key: string, signal: AbortSignal): Promise<Readable>;
  /** In no particular order. */
  list(prefix: string, signal: AbortSignal): AsyncIterable<StoredObject>;
  /** Everything below it, also what was begun and never finished. Nothing there is no error. */
  clear(prefix: string, signal: AbortSignal): Promise<void>;
  /** Lets go of connections. */
  close(): void;
}

export interface PutOptions {
  signal: AbortSignal;
  /** A guess, for how large the parts are that it goes in. */
  expectedBytes: number;
}

export interface StoredObject {
  key: string;
  bytes: number;
}

/** Opens the stores that targets are, of whatever kind. */
export abstract class BackupStores {
  /** Rejects with `invalid` for settings that no store of the kind can have. Nothing is asked yet. */
  abstract open(target: OpenedTarget): Promise<BackupStore>;
}
