import type { Log } from '#libs/platform/log.js';

const shortestPauseMs = 10;

/**
 * Does one thing again and again with a pause between, a shorter one when the round says when to look again. A failure is logged, the first of several in a row as a
 * warning, and the next round comes all the same.
 */
export class Loop {
  private timer: NodeJS.Timeout | null = null;
  private running: Promise<void> = Promise.resolve();
  private stopped = false;
  private failing = false;
  /** When the last round ended well; null before the first. */
  lastGoodAt: Date | null = null;

  constructor(
    readonly name: string,
    private readonly everyMs: number,
    private readonly round: () => Promise<unknown>,
    private readonly log: Log,
  ) {}

  start(): void {
    this.running = this.once();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    if (this.timer) clearTimeout(this.timer);
    await this.running;
  }

  private async once(): Promise<void> {
    let pauseMs = this.everyMs;
    try {
      const next = await this.round();
      if (next instanceof Date) pauseMs = Math.min(pauseMs, Math.max(shortestPauseMs, next.getTime() - Date.now()));
      this.lastGoodAt = new Date();
      this.failing = false;
    } catch (error) {
      this.log[this.failing ? 'debug' : 'warn']({ err: error, loop: this.name }, 'a round failed; the next one comes');
      this.failing = true;
    }
    if (this.stopped) return;
    this.timer = setTimeout(() => (this.running = this.once()), pauseMs);
  }
}
