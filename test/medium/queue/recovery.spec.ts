import { spawn } from 'node:child_process';
import { jest } from '@jest/globals';
import { DomainError } from '#libs/domain/error.js';
import { aKey, gate, QueueBench, until } from './queue-bench.js';
import { LabRedis } from './redis-lab.js';

// real: redis
jest.setTimeout(20_000);

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

/** A worker whose first run of each key waits for the gate. */
function countingWorker() {
  const first = gate();
  const runs = new Map<string, number>();
  bench.work(async (key) => {
    const run = (runs.get(key) ?? 0) + 1;
    runs.set(key, run);
    if (run === 1) await first.opened;
    return null;
  });
  return { first, runs };
}

describe('what a lost worker held', () => {
  it('is taken over within 10 s of kill -9', async () => {
    const [key, queuedMeanwhile] = [aKey(), aKey()];
    const program = [
      '--no-warnings',
      '--import',
      './test/support/ts-loader.mjs',
      'test/medium/queue/hanging-worker.ts',
    ];
    const child = spawn('node', [...program, redis.url, bench.prefix], { stdio: ['pipe', 'pipe', 'inherit'] });
    const took: string[] = [];
    child.stdout.setEncoding('utf8').on('data', (text: string) => took.push(...text.trim().split('\n')));
    await bench.queue.enqueue([key]);
    await until('The child’s take', () => took.includes(key), 15_000);
    const { first, runs } = countingWorker();
    first.open();
    await bench.queue.enqueue([key]);
    child.kill('SIGKILL');
    const began = performance.now();
    await bench.queue.enqueue([queuedMeanwhile]);
    await until('The other keys', () => runs.get(queuedMeanwhile) === 1, 6_000);
    await until('The takeover', () => runs.has(key), 10_000);
    expect(performance.now() - began).toBeLessThan(10_000);
    await bench.idle();
    expect(runs.get(key)).toBeLessThanOrEqual(2);
    expect(await bench.leftOver()).toEqual([]);
  });

  it('goes on when only its connections were cut', async () => {
    const { first, runs } = countingWorker();
    const [key, next] = [aKey(), aKey()];
    await bench.queue.enqueue([key]);
    await until('The run', () => runs.get(key) === 1);
    await redis.with((client) => client.client('KILL', 'TYPE', 'normal'));
    await bench.ready();
    first.open();
    await bench.queue.enqueue([next]);
    await until('The next', () => runs.get(next) === 1);
    await bench.idle();
    expect(runs.get(key)).toBe(1);
    expect(await bench.leftOver()).toEqual([]);
  });
});

describe('after everything in Redis was lost', () => {
  it.each(['FLUSHALL', 'FLUSHDB'])('by %s during a run, the key can be queued and is run again', async (command) => {
    const { first, runs } = countingWorker();
    const [key, other] = [aKey(), aKey()];
    await bench.queue.enqueue([key]);
    await until('The run', () => runs.get(key) === 1);
    await redis.with((client) => client.call(command));
    await bench.queue.enqueue([other, key]);
    await until('The second run', () => runs.get(key) === 2);
    first.open();
    await bench.idle();
    expect(Object.fromEntries(runs)).toEqual({ [key]: 2, [other]: 1 });
    await bench.queue.enqueue([key]);
    await until('One more', () => runs.get(key) === 3);
    await bench.idle();
    expect(await bench.leftOver()).toEqual([]);
  });

  it('by its end, callers are refused at once until it is there again, and workers go on', async () => {
    const { first, runs } = countingWorker();
    first.open();
    const [before, during, after] = [aKey(), aKey(), aKey()];
    await bench.queue.enqueue([before]);
    await until('The run', () => runs.get(before) === 1);
    await redis.kill();
    await until('The loss', () => bench.connection.status !== 'ready');
    const began = performance.now();
    await expect(bench.queue.enqueue([during])).rejects.toThrow(DomainError);
    await expect(bench.queue.sweep([during])).rejects.toMatchObject({ code: 'unavailable' });
    expect(performance.now() - began).toBeLessThan(200);
    await redis.start();
    await bench.ready();
    await bench.queue.enqueue([after]);
    await until('The run after it', () => runs.get(after) === 1);
    await bench.idle();
    expect(runs.has(during)).toBe(false);
    expect(await bench.leftOver()).toEqual([]);
  });
});

describe('a Redis that hangs', () => {
  it('makes callers wait for a bounded time, and not each of them', async () => {
    const { first, runs } = countingWorker();
    first.open();
    const key = aKey();
    await bench.queue.enqueue([aKey()]);
    redis.signal('SIGSTOP');
    try {
      const refused = { code: 'unavailable' };
      await expect(bench.queue.enqueue([key])).rejects.toMatchObject(refused);
      const began = performance.now();
      for (let call = 0; call < 100; call++) await expect(bench.queue.enqueue([key])).rejects.toMatchObject(refused);
      expect(performance.now() - began).toBeLessThan(450);
    } finally {
      redis.signal('SIGCONT');
    }
    await until('Its return', () =>
      bench.queue.enqueue([key]).then(
        () => true,
        () => false,
      ),
    );
    await until('The run', () => runs.has(key));
    await bench.idle();
  });
});

describe('a key that is held by a job', () => {
  it('that was removed is free at once', async () => {
    const key = aKey();
    await bench.queue.enqueue([key]);
    const [id = ''] = await bench.connection.lrange(bench.name('wait'), 0, -1);
    await bench.connection.del(bench.name(id), bench.name('wait'));
    await bench.queue.enqueue([key]);
    const { first, runs } = countingWorker();
    first.open();
    await until('The run', () => runs.get(key) === 1);
    await bench.idle();
    expect(await bench.leftOver()).toEqual([]);
  });

  it('that no list knows is freed by the next sweep', async () => {
    const [lost, waits] = [aKey(), aKey()];
    await bench.queue.enqueue([lost]);
    await bench.connection.del(bench.name('wait'));
    await bench.queue.enqueue([waits]);
    await bench.queue.enqueue([lost]);
    expect(await bench.connection.llen(bench.name('wait'))).toBe(1);
    await bench.queue.sweep([lost, waits]);
    expect(await bench.connection.llen(bench.name('wait'))).toBe(2);
    const { first, runs } = countingWorker();
    first.open();
    await until('Both runs', () => runs.size === 2);
    await bench.idle();
    expect(Object.fromEntries(runs)).toEqual({ [lost]: 1, [waits]: 1 });
    expect(await bench.leftOver()).toEqual([]);
  });
});
