/** Which containers to look at, told from several sides. What is told twice before it was taken is told once. */
export class Signs {
  private readonly waiting = new Set<string>();
  private readonly timers = new Set<NodeJS.Timeout>();
  private wake: () => void = () => undefined;
  private begin!: () => void;
  private refuse!: (error: unknown) => void;
  private over = false;
  private closed = false;

  /** Resolves when nothing is missed any more. */
  readonly started = new Promise<void>((resolve, reject) => {
    this.begin = resolve;
    this.refuse = reject;
  });

  start(): void {
    this.begin();
  }

  fail(error: unknown): void {
    this.refuse(error);
    this.close();
  }

  add(id: string): void {
    if (this.closed) return;
    this.waiting.add(id);
    this.wake();
  }

  soon(id: string, ms: number): void {
    if (this.closed) return;
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      this.add(id);
    }, ms);
    this.timers.add(timer);
  }

  /** Nothing new will come of it; what was told still counts. */
  end(): void {
    this.over = true;
    this.wake();
  }

  close(): void {
    this.closed = true;
    this.over = true;
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
    this.wake();
  }

  take(): string[] {
    const ids = [...this.waiting];
    this.waiting.clear();
    return ids;
  }

  isOver(): boolean {
    return this.over && this.waiting.size === 0;
  }

  /** Resolves when there is something to take, or nothing will come. */
  next(): Promise<void> {
    if (this.waiting.size > 0 || this.over) return Promise.resolve();
    return new Promise((resolve) => (this.wake = resolve));
  }
}
