/**
 * Told after a commit what it wrote, so that nobody has to wait for the next look. Returns at once and never throws;
 * a call that gets lost delays the reader to its next look.
 */
export abstract class CommitNotices {
  abstract outboxWritten(): void;
  abstract eventsWritten(organizationIds: string[]): void;
}
