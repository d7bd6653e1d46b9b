import { Queue } from 'bullmq';
import { DomainError } from '#libs/domain/error.js';
import { queuePrefix, reconcileKinds, reconcileQueueName } from '#libs/queue/reconcile/reconcile.job.js';
import { ReconcileProcessor } from '#libs/queue/reconcile/reconcile.processor.js';
import { aKey, QueueBench, until } from './queue-bench.js';
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

const errors = () => bench.recorded.lines.filter((line) => line.level >= 50);

describe('a processor', () => {
  it.each(reconcileKinds)('refuses to start without a reconciler of a %s', (missing) => {
    const reconcile = () => Promise.resolve(null);
    const kinds = reconcileKinds.filter((kind) => kind !== missing);
    const made = () =>
      new ReconcileProcessor(new Map(kinds.map((kind) => [kind, { reconcile }])), {
        connection: bench.connection,
        prefix: bench.prefix,
        concurrency: 1,
        again: () => undefined,
        log: bench.recorded.log,
      });
    expect(made).toThrow(`Nothing reconciles ${missing}.`);
  });

  it('hands each key to the reconciler of its kind and tells when it wants another look', async () => {
    const at = new Date(Date.now() + 60_000);
    const keys = reconcileKinds.map((kind) => aKey(kind));
    const [seen, again, done] = [[] as string[], [] as unknown[], [] as string[]];
    const reconcile = (key: string) =>
      Promise.resolve(void seen.push(key)).then(() => (key.startsWith('node:') ? at : null));
    bench.work(reconcile, {
      again: (...wish) => void again.push(wish),
      done: (kind, outcome) => void done.push(`${kind} ${outcome}`),
    });
    await bench.queue.enqueue(keys);
    await bench.idle();
    expect(seen.sort()).toEqual([...keys].sort());
    expect(again).toEqual([[keys.find((key) => key.startsWith('node:')), at]]);
    expect(done.sort()).toEqual(reconcileKinds.map((kind) => `${kind} ok`).sort());
  });

  it('tries a stale key again, without a word in the log', async () => {
    let runs = 0;
    const done: string[] = [];
    const reconcile = () =>
      ++runs < 3 ? Promise.reject(new DomainError('stale', 'Somebody was faster.')) : Promise.resolve(null);
    bench.work(reconcile, { done: (_kind, outcome) => void done.push(outcome) });
    await bench.queue.enqueue([aKey()]);
    await until('The third run', () => runs === 3);
    await bench.idle();
    expect(done).toEqual(['stale', 'stale', 'ok']);
    expect(errors()).toEqual([]);
    expect(await bench.leftOver()).toEqual([]);
  });

  it('gives a key up that fails again and again, and takes it when it is queued anew', async () => {
    const key = aKey();
    let [runs, failing] = [0, true];
    bench.work(() => {
      runs++;
      return failing ? Promise.reject(new Error('A defect.')) : Promise.resolve(null);
    });
    await bench.queue.enqueue([key]);
    const givenUp = () => errors().some((line) => line.msg.startsWith('a key was given up') && line.key === key);
    await until('The end of the tries', givenUp);
    expect(runs).toBe(8);
    expect(await bench.leftOver()).toEqual([]);
    failing = false;
    await bench.queue.enqueue([key]);
    await until('The run', () => runs === 9);
    await bench.idle();
  });

  it('drops what is not a key, once', async () => {
    let runs = 0;
    bench.work(() => Promise.resolve(void runs++).then(() => null));
    const raw = new Queue(reconcileQueueName, { connection: bench.connect(), prefix: queuePrefix(bench.prefix) });
    const malformed = [
      {},
      { key: 'service:1' },
      { key: `pod:${aKey().slice(8)}` },
      { key: aKey(), state: 'running' },
      7,
    ];
    await raw.addBulk(
      malformed.map((data) => ({ name: 'reconcile', data, opts: { attempts: 8, removeOnFail: true } })),
    );
    const dropped = () => errors().filter((line) => line.msg.startsWith('a key was given up'));
    await until('The end of all', () => dropped().length >= malformed.length);
    await bench.idle();
    expect(dropped()).toHaveLength(malformed.length);
    expect(runs).toBe(0);
    expect(await bench.leftOver()).toEqual([]);
    await raw.close();
  });

  it('keeps neither stack traces nor finished jobs in Redis', async () => {
    const key = aKey();
    let runs = 0;
    bench.work(() => (++runs < 7 ? Promise.reject(new Error('A defect.')) : Promise.resolve(null)));
    await bench.queue.enqueue([key]);
    await until('A retry', async () => runs === 6 && (await bench.connection.zcard(bench.name('delayed'))) === 1);
    const [id = ''] = await bench.connection.zrange(bench.name('delayed'), 0, 0);
    const fields = await bench.connection.hgetall(bench.name(id));
    expect(fields.stacktrace ?? '[]').toBe('[]');
    expect(JSON.parse(fields.data ?? '')).toEqual({ key });
    await bench.idle();
    expect(await bench.connection.xlen(bench.name('events'))).toBeLessThan(300);
  });
});
