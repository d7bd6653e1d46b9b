import type { HealthState } from '#libs/domain/container/state.js';
import type { HealthCheck } from '#libs/domain/container/template.js';
import type { Probe } from './probe.js';

/** How soon a container that has just started is looked at, so that a quick one is soon healthy. */
const eagerMs = 500;

/**
 * Repeats a probe: healthy after one success, unhealthy after `retries` failures in a row. The first look is an
 * early one; its failure does not count, nor does one within the start period.
 */
export class ProbeLoop {
  private readonly stopping = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private failures = 0;
  private state: HealthState = 'starting';
  private startedAt = 0;
  private eager = true;

  constructor(
    private readonly check: HealthCheck,
    private readonly probe: Probe,
    private readonly onState: (state: HealthState) => void,
  ) {}

  start(): void {
    this.startedAt = Date.now();
    this.schedule();
  }

  stop(): void {
    this.stopping.abort();
    clearTimeout(this.timer);
  }

  private get settling(): boolean {
    return this.state === 'starting' && Date.now() - this.startedAt < this.check.startPeriodMs;
  }

  private schedule(): void {
    const { intervalMs } = this.check;
    this.eager = this.eager || this.settling;
    this.timer = setTimeout(() => void this.run(), this.eager ? Math.min(intervalMs, eagerMs) : intervalMs);
  }

  private async run(): Promise<void> {
    const signal = AbortSignal.any([this.stopping.signal, AbortSignal.timeout(this.check.timeoutMs)]);
    const healthy = await this.probe(signal).catch(() => false);
    if (this.stopping.signal.aborted) return;
    if (healthy) {
      this.failures = 0;
      this.move('healthy');
    } else if (!this.eager && ++this.failures >= this.check.retries) {
      this.move('unhealthy');
    }
    this.eager = false;
    this.schedule();
  }

  private move(state: HealthState): void {
    if (state === this.state) return;
    this.state = state;
    this.onState(state);
  }
}
