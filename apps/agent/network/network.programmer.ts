import type { Log } from '#libs/platform/log.js';
import type { KernelTarget, NetworkKernel } from './network.kernel.js';

export interface ProgrammerTiming {
  /** How often what is there is compared with what should be. */
  lookEveryMs: number;
  /** The same while something is not as it should be. */
  retryMs: number;
}

export const programmerTiming: ProgrammerTiming = { lookEveryMs: 3_000, retryMs: 1_000 };

/**
 * Keeps the kernel at its target: whoever changes what the target is made of asks for a run, and the same run serves
 * all who asked before it began. Looks by itself now and then, so that what somebody removed comes back.
 */
export class NetworkProgrammer {
  problems: readonly string[] = [];
  /** Runs that found something to change although nobody had asked for a change. */
  repairs = 0;
  lastRunMs = 0;
  private waiting: ((problems: readonly string[]) => void)[] = [];
  private running: Promise<void> | null = null;
  private looking = true;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(
    private readonly kernel: NetworkKernel,
    /** Asked at the beginning of each run. */
    private readonly target: () => KernelTarget,
    private readonly log: Log,
    private readonly timing: ProgrammerTiming = programmerTiming,
  ) {}

  /** Resolves when the target of now, or a later one, is in force; with the sentences on what is not. */
  apply(): Promise<readonly string[]> {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      this.run();
    });
  }

  /** As `apply`, against what is really there: a device may have gone. */
  look(): Promise<readonly string[]> {
    this.looking = true;
    return this.apply();
  }

  /** What is in force stays. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private run(): void {
    this.running ??= this.runs().finally(() => {
      this.running = null;
      // Somebody may have asked between the last look at the list and now.
      if (this.waiting.length > 0) this.run();
      else if (!this.stopped) this.schedule();
    });
  }

  private async runs(): Promise<void> {
    clearTimeout(this.timer);
    // Whoever asks in the same turn is served by the same run.
    await Promise.resolve();
    do {
      const [served, look] = [this.waiting, this.looking];
      this.waiting = [];
      this.looking = false;
      await this.once(look, served.length === 0);
      for (const resolve of served) resolve(this.problems);
    } while (this.waiting.length > 0);
  }

  private async once(look: boolean, unasked: boolean): Promise<void> {
    const begun = performance.now();
    try {
      const { changed, problems } = await this.kernel.apply(this.target(), look);
      if (changed && unasked) {
        this.repairs += 1;
        this.log.warn('Something of the project networks had been changed or removed; it is there again.');
      }
      this.say(problems);
    } catch (error) {
      this.say([`The project networks could not be made: ${(error as Error).message}`]);
    }
    this.lastRunMs = performance.now() - begun;
  }

  private say(problems: readonly string[]): void {
    const before = this.problems.join('\n');
    this.problems = problems;
    if (problems.length > 0) this.looking = true;
    if (problems.join('\n') === before) return;
    if (problems.length > 0) this.log.error({ problems }, 'The project networks are not as they should be.');
    else this.log.info('The project networks are as they should be again.');
  }

  private schedule(): void {
    const ms = this.problems.length > 0 ? this.timing.retryMs : this.timing.lookEveryMs;
    this.timer = setTimeout(() => {
      this.looking = true;
      this.run();
    }, ms);
  }
}
