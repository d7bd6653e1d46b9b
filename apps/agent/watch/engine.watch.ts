import { runtimeLabels } from '#libs/runtime/labels.js';
import type { Log } from '#libs/platform/log.js';
import type { RuntimeDriver } from '#libs/runtime/runtime.driver.js';
import type { NodeConverger } from '../converge/node.converger.js';
import { within } from '../converge/engine.client.js';

export interface WatchTiming {
  /** How often everything is compared with the engine's listing, at least. */
  listEveryMs: number;
  /** Pause before the event stream is opened again. */
  retryMs: number;
}

export const watchTiming: WatchTiming = { listEveryMs: 5_000, retryMs: 1_000 };

/**
 * Keeps the agent's belief true when nobody tells it: the engine's events are hints, its regular listing finds
 * what they missed. Both only make a container's loop look again.
 */
export class EngineWatch {
  private readonly stopping = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  /** The engine answered the last listing. */
  answers = true;

  constructor(
    private readonly driver: RuntimeDriver,
    private readonly converger: NodeConverger,
    private readonly log: Log,
    private readonly timing: WatchTiming = watchTiming,
  ) {}

  start(): void {
    void this.follow();
    this.schedule();
  }

  stop(): void {
    this.stopping.abort();
    clearTimeout(this.timer);
  }

  private async follow(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        for await (const event of await this.driver.events(signal)) {
          const id = event.labels[runtimeLabels.container];
          if (id && (event.kind === 'die' || event.kind === 'remove')) this.converger.doubt(id);
        }
      } catch (error) {
        if (signal.aborted) return;
        this.log.debug({ err: error }, 'The engine’s events broke off.');
      }
      await this.pause(this.timing.retryMs);
    }
  }

  private schedule(): void {
    if (this.stopping.signal.aborted) return;
    // A long list costs the engine more, so it is asked for less often.
    const delay = Math.max(this.timing.listEveryMs, this.converger.size * 10);
    this.timer = setTimeout(() => void this.list().finally(() => this.schedule()), delay);
  }

  private async list(): Promise<void> {
    const askedAt = Date.now();
    try {
      const listed = await within(30_000, this.driver.list());
      if (!this.answers) this.log.info('The container engine answers again.');
      this.answers = true;
      if (!this.stopping.signal.aborted) this.converger.compare(listed, askedAt);
    } catch (error) {
      if (this.answers) this.log.warn({ err: error }, 'The container engine does not answer.');
      this.answers = false;
    }
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        this.stopping.signal.removeEventListener('abort', finish);
        resolve();
      };
      const timer = setTimeout(finish, ms);
      this.stopping.signal.addEventListener('abort', finish);
    });
  }
}
