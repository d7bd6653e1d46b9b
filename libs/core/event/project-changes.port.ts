/**
 * Which projects’ networks or routes may have changed, for processes that show all tenants’ to nodes. The event log
 * tells it, so nothing that was committed is stepped over; a project may be named without need.
 */
export abstract class ProjectChanges {
  /** From now on when the cursor is null: whatever is committed later will be told after the cursor returned. */
  abstract since(cursor: string | null): Promise<{ cursor: string; projectIds: string[] }>;
}
