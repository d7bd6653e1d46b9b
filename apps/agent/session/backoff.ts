export interface BackoffTiming {
  firstMs: number;
  longestMs: number;
}

/** Doubling waits with full jitter, so that the agents of a lost gateway do not all return at once. */
export class Backoff {
  private attempts = 0;

  constructor(
    private readonly timing: BackoffTiming,
    private readonly random: () => number = Math.random,
  ) {}

  next(): number {
    const ceiling = Math.min(this.timing.longestMs, this.timing.firstMs * 2 ** Math.min(this.attempts, 20));
    this.attempts += 1;
    return Math.round(ceiling * this.random());
  }

  reset(): void {
    this.attempts = 0;
  }
}
