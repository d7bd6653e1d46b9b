import type { Cluster, Redis } from 'ioredis';
import { WakeUps } from '#libs/core/agent/agent-directory.port.js';
import type { CommitNotices } from '#libs/core/unit-of-work/commit-notices.port.js';
import type { Log } from '#libs/platform/log.js';

type Client = Redis | Cluster;
type Listener = (subject: string) => void;

/** Hints that may be under way at once; a Redis that hangs must not make them pile up. */
const mostUnderWay = 1_000;

/** Hints between processes over Redis publish/subscribe. One that is lost costs its reader a poll interval. */
export class RedisWakeUps extends WakeUps implements CommitNotices {
  private readonly listeners = new Map<string, Set<Listener>>();
  private underWay = 0;

  constructor(
    private readonly publisher: Client,
    private readonly subscriber: Client,
    private readonly prefix: string,
    private readonly log: Log,
  ) {
    super();
    subscriber.on('message', (channel: string, subject: string) => {
      for (const listener of this.listeners.get(channel) ?? []) listener(subject);
    });
    for (const client of [publisher, subscriber]) {
      client.on('error', (error: Error) => log.debug({ err: error }, 'redis is away'));
    }
  }

  wakeNode(nodeId: string): void {
    this.publish('node', nodeId);
  }

  onNode(listener: Listener): () => void {
    return this.listen('node', listener);
  }

  wakeEvents(organizationId: string): void {
    this.publish('event', organizationId);
  }

  onEvents(listener: Listener): () => void {
    return this.listen('event', listener);
  }

  outboxWritten(): void {
    this.publish('outbox', '');
  }

  onOutbox(listener: () => void): () => void {
    return this.listen('outbox', listener);
  }

  eventsWritten(organizationIds: string[]): void {
    for (const id of organizationIds) this.wakeEvents(id);
  }

  private publish(kind: string, subject: string): void {
    // While Redis is away there is nobody to hear it, and no use in keeping it.
    if (this.publisher.status !== 'ready' || this.underWay >= mostUnderWay) return;
    this.underWay++;
    this.publisher
      .publish(this.channel(kind), subject)
      .catch((error: Error) => this.log.debug({ err: error }, 'a wake-up was lost'))
      .finally(() => this.underWay--);
  }

  private listen(kind: string, listener: Listener): () => void {
    const channel = this.channel(kind);
    const known = this.listeners.get(channel) ?? new Set();
    if (!known.size) {
      // ioredis subscribes again by itself after each reconnection.
      this.subscriber
        .subscribe(channel)
        .catch((error: Error) => this.log.warn({ err: error, channel }, 'cannot subscribe'));
    }
    known.add(listener);
    this.listeners.set(channel, known);
    return () => void known.delete(listener);
  }

  private channel(kind: string): string {
    return `${this.prefix}:wake:${kind}`;
  }
}
