import { setTimeout as delay } from 'node:timers/promises';
import type { Part } from '../part.js';

export interface SupervisorTimes {
  lookMs: number;
  firstDelayMs: number;
  maxDelayMs: number;
  /** A part that ran this long starts again at once. */
  steadyMs: number;
}

const usual: SupervisorTimes = { lookMs: 500, firstDelayMs: 500, maxDelayMs: 30_000, steadyMs: 60_000 };

/** How long to wait before start number `failures` + 1 of a part that keeps ending. */
export function backOffMs(failures: number, times: SupervisorTimes): number {
  if (failures === 0) return 0;
  return Math.min(times.maxDelayMs, times.firstDelayMs * 2 ** (failures - 1));
}

/** Starts again what has ended, each part by itself, at first at once and then ever more slowly. */
export class Supervisor {
  constructor(
    private readonly parts: readonly Part[],
    private readonly say: (line: string) => void,
    private readonly times: SupervisorTimes = usual,
  ) {}

  /** Watches until `signal` is aborted. Stops nothing. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(this.parts.map((part) => this.watch(part, signal)));
  }

  private async watch(part: Part, signal: AbortSignal): Promise<void> {
    let failures = 0;
    let upSince = performance.now();
    while (!signal.aborted) {
      if (part.isRunning()) {
        if (performance.now() - upSince >= this.times.steadyMs) failures = 0;
        await this.pause(this.times.lookMs, signal);
        continue;
      }
      await this.pause(backOffMs(failures, this.times), signal);
      if (signal.aborted) return;
      failures += 1;
      this.say(`${part.name} has ended; it is started again.`);
      try {
        await part.start();
        upSince = performance.now();
        this.say(`${part.name} runs again.`);
      } catch (error) {
        this.say(`${part.name} could not be started: ${(error as Error).message}`);
      }
    }
  }

  private async pause(ms: number, signal: AbortSignal): Promise<void> {
    if (ms <= 0 || signal.aborted) return;
    try {
      await delay(ms, undefined, { signal });
    } catch {
      // aborted
    }
  }
}
