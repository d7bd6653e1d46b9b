import { DomainError } from '#libs/domain/error.js';
import { aKey, gate, QueueBench, until } from './queue-bench.js';
import { LabRedis } from './redis-lab.js';

// real: redis
let redis: LabRedis;
let bench: QueueBench;
beforeAll(async () => {
  redis = await LabRedis.started();
});
beforeEach(async () => {
  bench = new QueueBench(redis.settings);
  await bench.ready();
});
afterEach(() => bench.close());
afterAll(() => redis.remove());

describe('a key', () => {
  it('that waits is run once, however often it was queued', async () => {
    const [key, other] = [aKey(), aKey('node')];
    for (let turn = 0; turn < 20; turn++) await bench.queue.enqueue([key, other, key]);
    expect(await bench.queue.depth()).toBe(2);
    const runs: string[] = [];
    bench.work((seen) => Promise.resolve(void runs.push(seen)).then(() => null));
    await bench.idle();
    expect(runs.sort()).toEqual([key, other].sort());
    expect(await bench.leftOver()).toEqual([]);
  });

  it('that is queued while it runs is run once more afterwards, never at the same time', async () => {
    const key = aKey();
    const first = gate();
    let [runs, atOnce, most] = [0, 0, 0];
    const reconcile = async () => {
      most = Math.max(most, ++atOnce);
      if (++runs === 1) await first.opened;
      atOnce--;
      return null;
    };
    for (let worker = 0; worker < 2; worker++) bench.work(reconcile);
    await bench.queue.enqueue([key]);
    await until('The run', () => runs === 1);
    for (let turn = 0; turn < 10; turn++) await bench.queue.enqueue([key]);
    await bench.queue.sweep([key]);
    first.open();
    await bench.idle();
    expect({ runs, most }).toEqual({ runs: 2, most: 1 });
    expect(await bench.leftOver()).toEqual([]);
  });

  it('that is queued while a run fails is run again with what it then finds', async () => {
    const key = aKey();
    const [first, seen] = [gate(), [] as number[]];
    let written = 1;
    for (let worker = 0; worker < 2; worker++) {
      bench.work(async () => {
        seen.push(written);
        if (seen.length > 1) return null;
        await first.opened;
        throw new DomainError('stale', 'Somebody was faster.');
      });
    }
    await bench.queue.enqueue([key]);
    await until('The run', () => seen.length === 1);
    written = 2;
    await bench.queue.enqueue([key]);
    first.open();
    await bench.idle();
    // The retry sees it; the one that was queued behind the failed run comes all the same.
    expect(seen).toEqual([1, 2, 2]);
    expect(await bench.leftOver()).toEqual([]);
  });

  it('that waits out its back-off is run at once when there is news, and left alone by a sweep', async () => {
    const key = aKey();
    let [runs, failing] = [0, true];
    bench.work(() => {
      runs++;
      return failing ? Promise.reject(new DomainError('stale', 'Somebody was faster.')) : Promise.resolve(null);
    });
    await bench.queue.enqueue([key]);
    await until(
      'A long back-off',
      async () => runs === 7 && (await bench.connection.zcard(bench.name('delayed'))) === 1,
    );
    failing = false;
    const [id] = await bench.connection.zrange(bench.name('delayed'), 0, 0);
    await bench.queue.sweep([key]);
    expect(await bench.connection.zrange(bench.name('delayed'), 0, 0)).toEqual([id]);
    const began = performance.now();
    await bench.queue.enqueue([key]);
    await until('The run', () => runs === 8);
    expect(performance.now() - began).toBeLessThan(400);
    await bench.idle();
    expect(runs).toBe(8);
    expect(await bench.leftOver()).toEqual([]);
  });
});
