/** A time limit joined with the caller's own signal; `clear` has to be called when the wait is over. */
export class EngineDeadline {
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout | undefined;
  /** True when it was the time that ran out, not the caller who gave up. */
  passed = false;

  constructor(
    timeoutMs: number,
    private readonly parent?: AbortSignal,
  ) {
    if (parent?.aborted) this.controller.abort();
    parent?.addEventListener('abort', this.follow, { once: true });
    if (Number.isFinite(timeoutMs)) {
      this.timer = setTimeout(() => {
        this.passed = true;
        this.controller.abort();
      }, timeoutMs);
    }
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  clear(): void {
    clearTimeout(this.timer);
    this.parent?.removeEventListener('abort', this.follow);
  }

  private readonly follow = () => this.controller.abort();
}
