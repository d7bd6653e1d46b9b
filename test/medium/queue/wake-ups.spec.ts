import type { Cluster, Redis } from 'ioredis';
import { newId } from '#libs/platform/id.js';
import { connectRedis } from '#libs/queue/redis/redis-client.js';
import { RedisWakeUps } from '#libs/queue/redis/redis.wake-ups.js';
import { RedisWatch } from '#libs/queue/redis/redis.watch.js';
import { recordedLog, until } from './queue-bench.js';
import { LabRedis } from './redis-lab.js';

// real: redis
let redis: LabRedis;
let open: (Redis | Cluster)[];
const { log, lines } = recordedLog();
beforeAll(async () => {
  redis = await LabRedis.started();
});
beforeEach(() => {
  open = [];
});
afterEach(() => open.forEach((client) => client.disconnect()));
afterAll(() => redis.remove());

function aProcess(prefix: string) {
  const [publisher, subscriber] = [connectRedis(redis.settings), connectRedis(redis.settings)];
  open.push(publisher, subscriber);
  return { publisher, subscriber, wakeUps: new RedisWakeUps(publisher, subscriber, prefix, log) };
}
const ready = (...clients: (Redis | Cluster)[]) =>
  until('The connections', () => clients.every((client) => client.status === 'ready'));
/** Publishes until it is heard: what is published before the subscription stands is lost, and may be. */
const heard = (publish: () => void, hears: () => boolean) =>
  until('The wake-up', () => {
    publish();
    return hears();
  });

describe('wake-ups', () => {
  it('reach the other processes of one prefix only, each kind its own listeners', async () => {
    const prefix = newId<string>();
    const [one, two, foreign] = [aProcess(prefix), aProcess(prefix), aProcess(newId())];
    const [nodes, events, strange] = [[] as string[], [] as string[], [] as string[]];
    let outbox = 0;
    const silent = two.wakeUps.onNode((id) => void nodes.push(id));
    two.wakeUps.onEvents((id) => void events.push(id));
    two.wakeUps.onOutbox(() => void outbox++);
    foreign.wakeUps.onNode((id) => void strange.push(id));
    await ready(...open);
    await heard(
      () => one.wakeUps.wakeNode('a-node'),
      () => nodes.length > 0,
    );
    await heard(
      () => one.wakeUps.eventsWritten(['an-organization']),
      () => events.length > 0,
    );
    await heard(
      () => one.wakeUps.outboxWritten(),
      () => outbox > 0,
    );
    expect([new Set(nodes), new Set(events)]).toEqual([new Set(['a-node']), new Set(['an-organization'])]);
    silent();
    const before = nodes.length;
    two.wakeUps.onNode((id) => void strange.push(`again ${id}`));
    await heard(
      () => one.wakeUps.wakeNode('b-node'),
      () => strange.includes('again b-node'),
    );
    expect(nodes).toHaveLength(before);
    expect(strange.every((line) => line === 'again b-node')).toBe(true);
  });

  it('are lost while Redis is down, and heard again after it without a new call', async () => {
    const prefix = newId<string>();
    const [one, two] = [aProcess(prefix), aProcess(prefix)];
    const nodes: string[] = [];
    two.wakeUps.onNode((id) => void nodes.push(id));
    await ready(...open);
    await heard(
      () => one.wakeUps.wakeNode('before'),
      () => nodes.length > 0,
    );
    await redis.kill();
    await until('The loss', () => open.every((client) => client.status !== 'ready'));
    for (let turn = 0; turn < 10_000; turn++) one.wakeUps.wakeNode('during');
    // Nothing is kept for later: neither by the client nor by us.
    const kept = (one.publisher as unknown as { offlineQueue: { length: number } | null }).offlineQueue;
    expect(kept?.length ?? 0).toBeLessThan(5);
    await redis.start();
    await ready(...open);
    await heard(
      () => one.wakeUps.wakeNode('after'),
      () => nodes.includes('after'),
    );
    expect(nodes).not.toContain('during');
  });

  it('do not pile up before a Redis that hangs, and the watch finds it', async () => {
    const { publisher, subscriber, wakeUps } = aProcess(newId());
    await ready(publisher, subscriber);
    redis.signal('SIGSTOP');
    const watch = new RedisWatch([publisher, subscriber], log, { everyMs: 20, answerMs: 100 });
    try {
      for (let turn = 0; turn < 10_000; turn++) wakeUps.wakeNode('a-node');
      const sent = (publisher as unknown as { commandQueue: { length: number } }).commandQueue;
      expect(sent.length).toBeLessThanOrEqual(1_001);
      await until('The drop of both connections', () => open.every((client) => client.status !== 'ready'));
    } finally {
      redis.signal('SIGCONT');
      watch.close();
    }
    await ready(publisher, subscriber);
    expect(lines.some((line) => line.msg.startsWith('redis does not answer'))).toBe(true);
  });

  it('may be listened for before Redis is there', async () => {
    await redis.kill();
    const { publisher, subscriber, wakeUps } = aProcess(newId());
    const nodes: string[] = [];
    wakeUps.onNode((id) => void nodes.push(id));
    wakeUps.wakeNode('early');
    await redis.start();
    await ready(publisher, subscriber);
    await heard(
      () => wakeUps.wakeNode('a-node'),
      () => nodes.includes('a-node'),
    );
    expect(nodes).not.toContain('early');
  });
});
