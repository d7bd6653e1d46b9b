/** Told after each commit that wrote outbox keys, so that the relay need not wait for its next look. */
export abstract class OutboxWritten {
  /** Returns at once and never throws; a call that gets lost delays the keys to the relay's next look. */
  abstract notify(): void;
}
