import { jest } from '@jest/globals';
import { newId } from '#libs/platform/id.js';
import { connectRedis, type RedisSettings } from '#libs/queue/redis/redis-client.js';
import { RedisWakeUps } from '#libs/queue/redis/redis.wake-ups.js';
import { aKey, gate, QueueBench, recordedLog, until } from './queue-bench.js';
import { startClusterLab, startSentinelLab } from './redis-lab.js';

// real: redis under sentinels, a redis cluster
jest.setTimeout(30_000);

function aBench(settings: RedisSettings) {
  const bench = new QueueBench(settings);
  const clients = [connectRedis(settings), connectRedis(settings)] as const;
  const wakeUps = new RedisWakeUps(...clients, bench.prefix, recordedLog().log);
  const runs = new Map<string, number>();
  const first = gate();
  bench.work(async (key) => {
    const run = (runs.get(key) ?? 0) + 1;
    runs.set(key, run);
    if (run === 1 && key.startsWith('node:')) await first.opened;
    return null;
  });
  const heard: string[] = [];
  wakeUps.onNode((id) => void heard.push(id));
  return {
    ...{ bench, runs, first },
    async works() {
      const key = aKey();
      await until(
        'A ready queue',
        () =>
          bench.queue.enqueue([key, aKey('action'), key]).then(
            () => true,
            () => false,
          ),
        15_000,
      );
      await until('The run', () => runs.get(key) === 1, 15_000);
      const subject = newId<string>();
      const wake = () => {
        wakeUps.wakeNode(subject);
        return heard.includes(subject);
      };
      await until('The wake-up', wake, 15_000);
    },
    async close() {
      await bench.close();
      for (const client of clients) client.disconnect();
    },
  };
}

it('under sentinels, keys and wake-ups go on after the master’s death', async () => {
  const lab = await startSentinelLab('pierhead');
  const { bench, runs, first, works, close } = aBench(lab.settings);
  try {
    await works();
    const held = aKey('node');
    await bench.queue.enqueue([held]);
    await until('The run', () => runs.get(held) === 1);
    await lab.replica.with((client) =>
      until('The replication', async () => (await client.llen(bench.name('active'))) === 1),
    );
    await lab.master.kill();
    await works();
    // The key that was held when the master died is known to the new one.
    await bench.queue.enqueue([held]);
    first.open();
    await until('The second run', () => runs.get(held) === 2);
    await bench.idle(12_000);
    expect(await bench.leftOver()).toEqual([]);
  } finally {
    await close();
    await lab.remove();
  }
});

it('in a cluster, everything of a queue is in one slot', async () => {
  const lab = await startClusterLab();
  const { bench, runs, first, works, close } = aBench(lab.settings);
  try {
    await works();
    const held = aKey('node');
    await bench.queue.enqueue([held]);
    await until('The run', () => runs.get(held) === 1);
    for (let turn = 0; turn < 5; turn++) await bench.queue.enqueue([held]);
    await bench.queue.sweep([held]);
    const names = await bench.leftOver();
    expect(names.length).toBeGreaterThan(2);
    const slots = await Promise.all(names.map((name) => bench.connection.cluster('KEYSLOT', name)));
    expect(new Set(slots).size).toBe(1);
    first.open();
    await bench.idle();
    expect(runs.get(held)).toBe(2);
    expect(await bench.leftOver()).toEqual([]);
  } finally {
    await close();
    await lab.remove();
  }
});
