/**
 * Brings one thing nearer to what is wanted. Level-triggered and idempotent: called with a key only, by any number of
 * workers at once. Returns when to look again, or null when only a report or a request can change anything. A thing
 * that is gone ends quietly; `stale` means that somebody else was faster and the key is to be tried again.
 */
export interface Reconciler {
  reconcile(id: string): Promise<Date | null>;
}
