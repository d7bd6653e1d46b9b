import type { Cluster, Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { RateLimiter, type Allowance } from '#libs/core/identity/rate-limiter.port.js';
import { DomainError } from '#libs/domain/error.js';

const windowSeconds = 60;
const sharedEveryMs = 100;
const capacity = 50_000;
/** The library wants a limit; ours differ per key, so it only counts and the comparing is done here. */
const uncounted = Number.MAX_SAFE_INTEGER;

interface Window {
  /** Counted by all processes, as of the last answer, and what this one counted since. */
  shared: number;
  unsent: number;
  endsAt: number;
  sending: boolean;
}

/**
 * Decides in memory and shares the counts through Redis every tenth of a second, so that no request waits for it.
 * Several processes together may let through what comes within that time. Without Redis each counts alone.
 */
export class RedisRateLimiter extends RateLimiter {
  private readonly windows = new Map<string, Window>();
  private readonly unshared = new Map<string, Window>();
  private readonly counter: RateLimiterRedis | RateLimiterMemory;
  private timer: NodeJS.Timeout | null = null;

  /** @param redis null counts in this process only */
  constructor(redis: Redis | Cluster | null, prefix: string) {
    super();
    const options = { points: uncounted, duration: windowSeconds, keyPrefix: `${prefix}:rate` };
    const insuranceLimiter = new RateLimiterMemory(options);
    this.counter = redis
      ? new RateLimiterRedis({ ...options, storeClient: redis, insuranceLimiter, rejectIfRedisNotReady: true })
      : insuranceLimiter;
  }

  take(key: string, limitPerMinute: number): Allowance {
    const window = this.window(key);
    const resetSeconds = Math.max(1, Math.ceil((window.endsAt - Date.now()) / 1000));
    if (window.shared + window.unsent >= limitPerMinute) {
      throw new DomainError('rate-limited', `At most ${limitPerMinute} requests a minute. Slow down.`, {
        retryAfterSeconds: resetSeconds,
        limitPerMinute,
      });
    }
    window.unsent++;
    this.unshared.set(key, window);
    this.timer ??= setTimeout(() => this.share(), sharedEveryMs).unref();
    return { limit: limitPerMinute, remaining: limitPerMinute - window.shared - window.unsent, resetSeconds };
  }

  private window(key: string): Window {
    const known = this.windows.get(key);
    if (known && known.endsAt > Date.now()) return known;
    const oldest = this.windows.size >= capacity ? this.windows.keys().next() : null;
    if (oldest && !oldest.done) this.windows.delete(oldest.value);
    const made: Window = { shared: 0, unsent: 0, endsAt: Date.now() + windowSeconds * 1000, sending: false };
    this.windows.delete(key);
    this.windows.set(key, made);
    return made;
  }

  private share(): void {
    this.timer = null;
    for (const [key, window] of this.unshared) {
      if (window.sending) continue;
      this.unshared.delete(key);
      void this.send(key, window);
    }
  }

  private async send(key: string, window: Window): Promise<void> {
    const sent = window.unsent;
    window.sending = true;
    try {
      const counted = await this.counter.consume(key, sent);
      window.shared = counted.consumedPoints;
      window.endsAt = Date.now() + counted.msBeforeNext;
      window.unsent -= sent;
    } catch (error) {
      // Counted by nobody else, then: it stays in this process's own count.
      if (!(error instanceof Error) && !(error instanceof RateLimiterRes)) throw error;
    } finally {
      window.sending = false;
      if (window.unsent > 0) {
        this.unshared.set(key, window);
        this.timer ??= setTimeout(() => this.share(), sharedEveryMs).unref();
      }
    }
  }
}
