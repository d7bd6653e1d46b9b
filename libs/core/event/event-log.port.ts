import type { DomainEvent } from '#libs/domain/event/event.js';

export type NewEvent = Omit<DomainEvent, 'id' | 'at'>;

export interface EventLog {
  append(events: NewEvent[]): Promise<void>;
  /** Events of one organization (and project, unless null) after `cursor`, oldest first. */
  after(organizationId: string, projectId: string | null, cursor: string, limit: number): Promise<DomainEvent[]>;
  /** The newest event's id, to start following from; "0" when there is none. */
  newest(): Promise<string>;
  /** A number that everything committed until now is before; an opaque place in the log for those who wait for it. */
  position(): Promise<string>;
  /** Whether everything before that place is over, so that every read sees what it did. */
  reached(position: string): Promise<boolean>;
  /** Deletes events older than the given time; returns how many. */
  prune(before: Date): Promise<number>;
}
