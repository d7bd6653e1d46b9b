import { Part, type PartStatus } from '../part.js';
import { backOffMs, Supervisor } from './supervisor.js';
import { waitFor } from './wait.js';

class FakePart extends Part {
  starts = 0;
  failing = 0;
  private up = true;

  constructor(readonly name: string) {
    super();
  }

  crash(): void {
    this.up = false;
  }

  isRunning(): boolean {
    return this.up;
  }

  start(): Promise<void> {
    this.starts += 1;
    if (this.starts <= this.failing) return Promise.reject(new Error('no disk'));
    this.up = true;
    return Promise.resolve();
  }

  status(): Promise<PartStatus> {
    return Promise.resolve({ name: this.name, state: this.up ? 'running' : 'stopped' });
  }

  stop(): Promise<void> {
    this.up = false;
    return Promise.resolve();
  }
}

const times = { lookMs: 2, firstDelayMs: 1, maxDelayMs: 4, steadyMs: 10_000 };

describe('backOffMs', () => {
  it('is nothing at first, then doubles up to its limit', () => {
    const usual = { lookMs: 500, firstDelayMs: 500, maxDelayMs: 30_000, steadyMs: 60_000 };
    expect([0, 1, 2, 3, 7, 50].map((failures) => backOffMs(failures, usual))).toEqual([
      0, 500, 1000, 2000, 30_000, 30_000,
    ]);
  });
});

describe('Supervisor', () => {
  it('starts again what ended, as often as it takes, and nothing else', async () => {
    const [ended, steady] = [new FakePart('ended'), new FakePart('steady')];
    ended.failing = 2;
    const lines: string[] = [];
    const abort = new AbortController();
    const run = new Supervisor([ended, steady], (line) => lines.push(line), times).run(abort.signal);
    ended.crash();
    await waitFor(() => ended.isRunning(), { what: 'The restart', timeoutMs: 2_000, intervalMs: 2 });
    abort.abort();
    await run;
    expect(ended.starts).toBe(3);
    expect(steady.starts).toBe(0);
    expect(lines).toContain('ended could not be started: no disk');
    expect(lines.at(-1)).toBe('ended runs again.');
  });

  it('stops nothing when it ends', async () => {
    const part = new FakePart('part');
    const abort = new AbortController();
    const run = new Supervisor([part], () => undefined, times).run(abort.signal);
    abort.abort();
    await run;
    expect(part.isRunning()).toBe(true);
  });
});
