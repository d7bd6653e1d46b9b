import { notFound } from '#libs/domain/error.js';
import { authorize } from '../authorization/authorize.js';
import type { EventFeed } from '../event/event-feed.js';
import type { LogOptions } from '../stream/node-streams.port.js';
import type { RequestContext } from '../tenancy/request-context.js';
import type { UnitOfWork } from '../unit-of-work/unit-of-work.port.js';
import type { ContainerRecord } from './container.repository.port.js';
import type { ContainerStreams, NamedLog } from './container-streams.js';
import { Signs } from './log-signs.js';

/** Between two looks at a container whose log has ended although it is said to run. */
const againMs = 1_000;

/** What is known of a container whose log was opened. */
interface Followed {
  incarnation: number;
  /** When its log ended; null while it goes on. */
  endedAt: Date | null;
}

/** Where following one service has come to. */
interface Place {
  known: Map<string, Followed>;
  signs: Signs;
  /** Aborted when nobody reads any more: then all open logs end. */
  signal: AbortSignal;
}

interface Following {
  serviceId: string;
  options: LogOptions;
  signal: AbortSignal;
}

/**
 * The logs of a service: of the containers there are, and with `follow` of those that come later or start again,
 * until the service is gone. Which container is to be read follows from what is observed of it; events only say
 * when to look.
 */
export class ServiceLogs {
  constructor(
    private readonly work: UnitOfWork,
    private readonly streams: ContainerStreams,
    private readonly feed: EventFeed,
  ) {}

  /** Errors: `not-found`, and what opening a log of a container that runs may throw, before anything is given. */
  async open(context: RequestContext, following: Following): Promise<Iterable<NamedLog> | AsyncIterable<NamedLog>> {
    authorize(context, 'logs', 'read');
    const { serviceId, options, signal } = following;
    if (!options.follow) return this.streams.serviceLogs(context, serviceId, options);
    const stop = new AbortController();
    const signs = new Signs();
    const watching = this.watch(context, serviceId, AbortSignal.any([signal, stop.signal]), signs);
    try {
      await signs.started;
      const first = await this.work.tenantRead(context, async (tx) => {
        const service = await tx.services.get(context.projectId, serviceId);
        if (!service) throw notFound('service');
        if (service.destroyedAt) signs.end();
        return tx.containers.ofService(serviceId);
      });
      const known = new Map<string, Followed>();
      const opened = await Promise.all(
        first.filter(hasLog).map((container) => this.read(context, container, options, { known, signs, signal })),
      );
      return this.follow(context, following, { opened, known, signs, signal, stop, watching });
    } catch (error) {
      stop.abort();
      throw error;
    }
  }

  private async *follow(
    context: RequestContext,
    { options }: Following,
    at: Place & { opened: NamedLog[]; stop: AbortController; watching: Promise<void> },
  ): AsyncGenerator<NamedLog> {
    const { signs, signal, stop } = at;
    try {
      yield* at.opened;
      while (!signal.aborted) {
        for (const id of signs.take()) {
          const log = await this.look(context, id, options, at);
          if (log) yield log;
        }
        if (signs.isOver()) return;
        await signs.next();
      }
    } finally {
      stop.abort();
      await at.watching;
    }
  }

  /** Opens the log of a container that has started since it was looked at last; null when there is nothing to open. */
  private async look(context: RequestContext, id: string, options: LogOptions, place: Place): Promise<NamedLog | null> {
    const { known, signs } = place;
    const container = await this.work.tenantRead(context, (tx) => tx.containers.get(context.projectId, id));
    const before = known.get(id);
    if (before && !before.endedAt) return null;
    if (!container || !hasLog(container)) {
      known.delete(id);
      return null;
    }
    const { incarnation, startedAt, state } = container.observed;
    const endedAt = before && before.incarnation >= incarnation ? before.endedAt : null;
    if (endedAt && state !== 'running') return null;
    // The same start once more: its node could not be reached for a while, or has not told yet that it has ended.
    if (endedAt && Date.now() - endedAt.getTime() < againMs) {
      signs.soon(id, againMs);
      return null;
    }
    const since = endedAt ?? (before ? startedAt : options.since);
    try {
      return await this.read(context, container, { ...options, tail: null, since }, place);
    } catch {
      // It has gone, or its node cannot be reached: what happens to it next says so.
      if (state === 'running') signs.soon(id, againMs);
      return null;
    }
  }

  private async read(
    context: RequestContext,
    container: ContainerRecord,
    options: LogOptions,
    { known, signs, signal }: Place,
  ): Promise<NamedLog> {
    const log = await this.streams.logs(context, container.id, options);
    const followed: Followed = { incarnation: container.observed.incarnation, endedAt: null };
    known.set(container.id, followed);
    const stop = () => log.output.destroy();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    log.output.once('close', () => {
      signal.removeEventListener('abort', stop);
      followed.endedAt = new Date();
      signs.soon(container.id, 0);
    });
    return log;
  }

  private async watch(context: RequestContext, serviceId: string, until: AbortSignal, signs: Signs): Promise<void> {
    until.addEventListener('abort', () => signs.close(), { once: true });
    try {
      for await (const event of this.feed.follow(context, until, () => signs.start())) {
        if (event.type === 'service' && event.resourceId === serviceId && event.state === 'terminated') signs.end();
        if (event.type === 'container' && event.parents.some(({ id }) => id === serviceId)) signs.add(event.resourceId);
      }
    } catch (error) {
      signs.fail(error);
    }
  }
}

/** Its engine has it, or had it. */
const hasLog = (container: ContainerRecord): boolean =>
  container.nodeId !== null && container.removedAt === null && container.observed.startedAt !== null;
