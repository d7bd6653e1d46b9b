import type { Readable } from 'node:stream';

export interface ObjectPlace {
  shareId: string;
  /** An id: whose they are. */
  folder: string;
  /** A path of letters, digits, `.`, `_` and `-` with slashes; of many, what keys begin with, ending with a slash. */
  key: string;
}

/**
 * Files that are kept on a file share beside its volumes, through the share’s node. Errors: `not-found` (object),
 * `quota` (the share is full), `unavailable` and `timeout`. What `signal` aborts rejects with its reason.
 */
export abstract class ShareObjects {
  /** Resolves when all of it is there; of what breaks off nothing is to be seen. */
  abstract put(nodeId: string, place: ObjectPlace, content: Readable, signal: AbortSignal): Promise<void>;
  abstract get(nodeId: string, place: ObjectPlace, signal: AbortSignal): Promise<Readable>;
  /** In no particular order. */
  abstract list(nodeId: string, place: ObjectPlace, signal: AbortSignal): AsyncIterable<{ key: string; bytes: number }>;
  /** Nothing there is no error. */
  abstract clear(nodeId: string, place: ObjectPlace, signal: AbortSignal): Promise<void>;
}
