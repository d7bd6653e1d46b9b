import { OutboxRelay } from '#libs/core/outbox/outbox.relay.js';
import type { ReconcileKey } from '#libs/core/outbox/outbox.port.js';
import { openStore, type TestStore } from '../store/store.js';
import { aTenant, type Tenant } from '../store/records.js';
import { aKey, QueueBench, until } from './queue-bench.js';
import { LabRedis } from './redis-lab.js';

// real: postgres, redis
let store: TestStore;
let tenant: Tenant;
let redis: LabRedis;
let bench: QueueBench;
beforeAll(async () => {
  [store, redis] = await Promise.all([openStore(), LabRedis.started()]);
  tenant = await aTenant(store);
  await waiting((keys) => keys.splice(0));
});
beforeEach(async () => {
  bench = new QueueBench(redis.settings);
  await bench.ready();
});
afterEach(() => bench.close());
afterAll(() => Promise.all([store.close(), redis.remove()]));

const write = (...keys: ReconcileKey[]) => store.work.tenant(tenant, (tx) => tx.outbox.add(keys));
/** Takes what is in the outbox out of it. */
const waiting = (seen: (keys: ReconcileKey[]) => void) =>
  store.work.platform(async (tx) => seen(await tx.reconcile.claimOutbox(10_000)));
const aRelay = () => new OutboxRelay(store.work, bench.queue, bench.recorded.log);

describe('the relay', () => {
  it('keeps keys in the outbox while Redis is down, holds no transaction open, and moves them after it', async () => {
    const keys = [aKey(), aKey('stack')];
    const relay = aRelay();
    await redis.kill();
    await until('The loss', () => bench.connection.status !== 'ready');
    await write(...keys);
    const began = performance.now();
    await relay.kick();
    expect(performance.now() - began).toBeLessThan(1_000);
    const open = await store.asOwner(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'`,
    );
    expect(open).toEqual([]);
    await redis.start();
    await bench.ready();
    await relay.kick();
    const runs: string[] = [];
    bench.work((key) => Promise.resolve(void runs.push(key)).then(() => null));
    await bench.idle();
    expect(runs.sort()).toEqual([...keys].sort());
  });

  it('loses no key when several move at once while keys come and Redis goes', async () => {
    const relays = [aRelay(), aRelay(), aRelay()];
    const runs = new Set<string>();
    bench.work((key) => Promise.resolve(void runs.add(key)).then(() => null));
    const written: ReconcileKey[] = [];
    for (let turn = 0; turn < 40; turn++) {
      const keys = Array.from({ length: 5 }, () => aKey());
      await write(...keys);
      written.push(...keys);
      for (const relay of relays) void relay.kick();
      if (turn % 10 === 5) await redis.with((client) => client.client('KILL', 'TYPE', 'normal'));
    }
    await bench.ready();
    await Promise.all(relays.map((relay) => relay.kick()));
    await until('All runs', () => runs.size === written.length);
    expect([...runs].sort()).toEqual(written.sort());
    let left: ReconcileKey[] = ['node:unread'];
    await waiting((keys) => (left = keys));
    expect(left).toEqual([]);
  });
});
