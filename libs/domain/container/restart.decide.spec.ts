import fc from 'fast-check';
import { restartPolicy } from '../service/spec.js';
import { decideRestart, type RestartHistory } from './restart.decide.js';

const now = new Date('2030-01-01T00:00:00Z');
const started = new Date(now.getTime() - 500);
const history = (patch: Partial<RestartHistory> = {}): RestartHistory => ({
  failures: 0,
  lastStartedAt: started,
  exitCode: 1,
  ranMs: 500,
  ...patch,
});
const policy = restartPolicy.parse({ condition: 'always' });

/** The waits of a process that ends at once again and again. */
function waits(given: typeof policy, count: number): number[] {
  const seen: number[] = [];
  let failures = 0;
  for (let i = 0; i < count; i += 1) {
    const decision = decideRestart(given, history({ failures }), now);
    if (!decision.restart) break;
    failures = decision.failures;
    seen.push(decision.at.getTime() - now.getTime());
  }
  return seen;
}

describe('decideRestart', () => {
  it.each([
    ['never', 1, 'It exited with code 1.'],
    ['never', 0, 'It exited with code 0.'],
    ['never', null, 'It ended with an unknown code.'],
    ['on-failure', 0, 'It exited with code 0.'],
  ] as const)('%s after code %s lets it be', (condition, exitCode, sentence) => {
    const decision = decideRestart(restartPolicy.parse({ condition }), history({ exitCode }), now);
    expect(decision).toEqual({ restart: false, final: 'exited', sentence });
  });

  it.each([
    ['on-failure', 1],
    ['on-failure', null],
    ['always', 0],
    ['always', 1],
  ] as const)('%s after code %s starts it again', (condition, exitCode) => {
    expect(decideRestart(restartPolicy.parse({ condition }), history({ exitCode }), now).restart).toBe(true);
  });

  it('starts at once, then waits 100 ms, doubling up to the longest wait', () => {
    expect(waits({ ...policy, maxDelayMs: 1_000 }, 7)).toEqual([0, 100, 200, 400, 800, 1_000, 1_000]);
  });

  it('waits as asked from the first time on', () => {
    expect(waits({ ...policy, delayMs: 3_000, maxDelayMs: 10_000 }, 4)).toEqual([3_000, 6_000, 10_000, 10_000]);
  });

  it('forgets what was before a long run, but never because of a run under a second', () => {
    const long = decideRestart(policy, history({ failures: 9, ranMs: 10_000 }), now);
    expect(long).toEqual({ restart: true, at: now, failures: 1 });
    const short = decideRestart({ ...policy, resetAfterMs: 0 }, history({ failures: 9, ranMs: 900 }), now);
    expect(short).toMatchObject({ failures: 10 });
  });

  it('gives up after as many attempts as allowed', () => {
    const given = { ...policy, maxAttempts: 2 };
    expect(waits(given, 9)).toHaveLength(2);
    expect(decideRestart(given, history({ failures: 2 }), now)).toEqual({
      restart: false,
      final: 'failed',
      sentence: 'It exited with code 1 and had been restarted 2 times, as often as allowed.',
    });
    expect(decideRestart(given, history({ failures: 2, ranMs: 10_000 }), now).restart).toBe(true);
  });

  it('never waits longer than allowed, never shorter than before, and never overflows', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 3_600_000 }),
        fc.integer({ min: 0, max: 3_600_000 }),
        (delayMs, maxDelayMs) => {
          const seen = waits({ ...policy, delayMs, maxDelayMs }, 80);
          expect(seen).toHaveLength(80);
          expect(Math.max(...seen)).toBeLessThanOrEqual(Math.max(delayMs, maxDelayMs));
          expect([...seen].sort((a, b) => a - b)).toEqual(seen);
        },
      ),
      { numRuns: 50 },
    );
  });
});
