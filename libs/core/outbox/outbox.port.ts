/** What a reconciler is to look at again: a key, never a state. */
export type ReconcileKey =
  | `service:${string}`
  | `stack:${string}`
  | `container:${string}`
  | `node:${string}`
  | `node-cluster:${string}`
  | `action:${string}`
  | `certificate:${string}`
  | `file-share:${string}`;

export interface Outbox {
  add(keys: ReconcileKey[]): Promise<void>;
}

/** Hands keys to the workers; a hint that may be lost, because the sweep repeats what is unfinished. */
export abstract class ReconcileQueue {
  /**
   * Deduplicates waiting keys; a key that is being worked on is queued once more. Rejects in bounded time when the
   * queue does not answer; some or all of the keys may be queued nevertheless.
   */
  abstract enqueue(keys: ReconcileKey[]): Promise<void>;
}
