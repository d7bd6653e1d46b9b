import { DomainError } from '#libs/domain/error.js';
import { UnitOfWork } from '../unit-of-work/unit-of-work.port.js';

const lookEveryMs = 50;
const positionPattern = /^\d{1,20}$/;

/** Places in the event log, for callers who want to read what they wrote and nothing older. */
export class EventPositions {
  /** @param patienceMs how long a read waits */
  constructor(
    private readonly work: UnitOfWork,
    private readonly patienceMs: number,
  ) {}

  /** Everything that was committed until now is before it. */
  now(): Promise<string> {
    return this.work.platformRead((tx) => tx.events.position());
  }

  /** Errors: `invalid` for what is no position, `precondition` when it was not reached in time. */
  async wait(position: string, field: string): Promise<void> {
    if (!positionPattern.test(position)) {
      throw new DomainError('invalid', `${field}: give what a write answered as its etag.`, { field });
    }
    const deadline = Date.now() + this.patienceMs;
    while (!(await this.work.platformRead((tx) => tx.events.reached(position)))) {
      if (Date.now() >= deadline) {
        throw new DomainError('precondition', `The event ${position} was not reached in time; read again later.`);
      }
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    }
  }
}
