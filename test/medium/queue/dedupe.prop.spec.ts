import { setImmediate, setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import type { ReconcileKey } from '#libs/core/outbox/outbox.port.js';
import { DomainError } from '#libs/domain/error.js';
import { aKey, QueueBench } from './queue-bench.js';
import { LabRedis } from './redis-lab.js';

// real: redis
let redis: LabRedis;
let bench: QueueBench;
const written = new Map<ReconcileKey, number>();
const seen = new Map<ReconcileKey, number>();
/** What the next runs do: take some milliseconds, fail or not. */
let behaviours: { ms: number; fails: boolean }[] = [];
let failures = 0;

beforeAll(async () => {
  redis = await LabRedis.started();
  bench = new QueueBench(redis.settings);
  await bench.ready();
  for (let worker = 0; worker < 2; worker++) {
    bench.work(async (key) => {
      const found = written.get(key) ?? 0;
      const { ms, fails } = behaviours.shift() ?? { ms: 0, fails: false };
      if (ms) await delay(ms);
      if (fails) {
        failures++;
        throw new DomainError('stale', 'Somebody was faster.');
      }
      seen.set(key, Math.max(seen.get(key) ?? 0, found));
      return null;
    });
  }
});
afterAll(async () => {
  await bench.close();
  await redis.remove();
});

const step = fc.record({
  key: fc.nat({ max: 3 }),
  how: fc.constantFrom('enqueue', 'enqueue', 'sweep'),
  pauseMs: fc.constantFrom(null, 0, 1, 3),
  waits: fc.boolean(),
});
const behaviour = fc.record({ ms: fc.nat({ max: 4 }), fails: fc.boolean() });

it('the last write before the last call is seen by a run that starts after it', async () => {
  const steps = fc.array(step, { minLength: 1, maxLength: 40 });
  // At most five failures in a row, so that no key is given up.
  await fc.assert(
    fc.asyncProperty(steps, fc.array(behaviour, { maxLength: 5 }), async (todo, planned) => {
      const keys = Array.from({ length: 4 }, () => aKey());
      behaviours = [...planned];
      const calls: Promise<void>[] = [];
      for (const { key: at, how, pauseMs, waits } of todo) {
        const key = keys[at] as ReconcileKey;
        written.set(key, (written.get(key) ?? 0) + 1);
        const call = how === 'sweep' ? bench.queue.sweep([key]) : bench.queue.enqueue([key]);
        calls.push(call);
        if (waits) await call;
        if (pauseMs === 0) await setImmediate();
        else if (pauseMs) await delay(pauseMs);
      }
      await Promise.all(calls);
      await bench.idle();
      for (const key of keys) expect(seen.get(key)).toBe(written.get(key));
      expect(await bench.leftOver()).toEqual([]);
    }),
    { numRuns: 60 },
  );
  expect(failures).toBeGreaterThan(0);
}, 30_000);
