import type { DomainEvent } from '#libs/domain/event/event.js';
import type { Log } from '#libs/platform/log.js';
import { WakeUps } from '../agent/agent-directory.port.js';
import { authorize } from '../authorization/authorize.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { UnitOfWork } from '../unit-of-work/unit-of-work.port.js';

const pollMs = 1_000;
const batch = 200;

/** Follows a project's events from now on. Wake-ups make it prompt, polling makes it certain. */
export class EventFeed {
  constructor(
    private readonly work: UnitOfWork,
    private readonly wakeUps: WakeUps,
    private readonly log: Log,
  ) {}

  /**
   * Yields events until the signal aborts. A reader that is slow is given them when it asks: they wait in the
   * database, not in memory. From the moment `started` is called on, no event is missed.
   */
  async *follow(
    context: RequestContext,
    signal: AbortSignal,
    started: () => void = () => undefined,
  ): AsyncGenerator<DomainEvent> {
    authorize(context, 'event', 'read');
    let cursor = await this.work.tenantRead(context, (tx) => tx.events.newest());
    started();
    let wake = () => {};
    const stop = this.wakeUps.onEvents((organizationId) => organizationId === context.organizationId && wake());
    const ended = () => wake();
    signal.addEventListener('abort', ended, { once: true });
    try {
      while (!signal.aborted) {
        const waiting = new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, pollMs);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
        const events = await this.read(context, cursor);
        for (const event of events) {
          cursor = event.id;
          yield event;
        }
        if (events.length < batch) await waiting;
      }
    } finally {
      signal.removeEventListener('abort', ended);
      wake();
      stop();
    }
  }

  private async read(context: RequestContext, cursor: string): Promise<DomainEvent[]> {
    try {
      return await this.work.tenantRead(context, (tx) =>
        tx.events.after(context.organizationId, context.projectId, cursor, batch),
      );
    } catch (error) {
      this.log.warn({ err: error }, 'events cannot be read at the moment');
      return [];
    }
  }
}
