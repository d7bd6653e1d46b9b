/** What the person at the terminal sees while something long is done, one line per step. */
export class Progress {
  constructor(private readonly write: (text: string) => void = (text) => process.stdout.write(text)) {}

  line(text: string): void {
    this.write(`${text}\n`);
  }

  /** A detail of the step that is running. */
  detail(text: string): void {
    this.write(`    ${text}\n`);
  }

  /** @param good whether what came out of it is what was wished; else the step is shown as failed, and goes on */
  async step<T>(title: string, act: () => Promise<T>, good: (result: T) => boolean = () => true): Promise<T> {
    const start = performance.now();
    try {
      const result = await act();
      this.line(
        `  ${good(result) ? '✓' : '✗'} ${title.padEnd(28)} ${((performance.now() - start) / 1000).toFixed(1)} s`,
      );
      return result;
    } catch (error) {
      this.line(`  ✗ ${title}`);
      throw error;
    }
  }
}
