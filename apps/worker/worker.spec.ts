import { pino } from 'pino';
import { jest } from '@jest/globals';
import type { OutboxRelay } from '#libs/core/outbox/outbox.relay.js';
import type { ReconcileKey } from '#libs/core/outbox/outbox.port.js';
import type { NodeMonitor } from '#libs/core/reconcile/node.monitor.js';
import type { UnitOfWork } from '#libs/core/unit-of-work/unit-of-work.port.js';
import { SystemClock } from '#libs/platform/clock.js';
import type { BullReconcileQueue } from '#libs/queue/reconcile/bullmq.reconcile-queue.js';
import { PlatformWorker } from './worker.js';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

function setUp(enqueue: (keys: ReconcileKey[]) => Promise<void> = () => Promise.resolve()) {
  const keys: ReconcileKey[] = [];
  const queue = {
    enqueue(more: ReconcileKey[]) {
      keys.push(...more);
      return enqueue(more);
    },
  } as unknown as BullReconcileQueue;
  const [work, relay, monitor] = [{} as UnitOfWork, {} as OutboxRelay, {} as NodeMonitor];
  const worker = new PlatformWorker(work, queue, relay, monitor, new SystemClock(), pino({ level: 'silent' }), {
    sweepMs: 30_000,
  });
  const again = (key: ReconcileKey, inMs: number) => worker.again(key, new Date(Date.now() + inMs));
  return { keys, worker, again };
}

describe('PlatformWorker.again', () => {
  it('queues a key at its time, once, at the earliest of several wishes', async () => {
    const { keys, again } = setUp();
    again('service:a', 1_000);
    again('service:a', 1_400);
    again('service:a', 300);
    await jest.advanceTimersByTimeAsync(299);
    expect(keys).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(keys).toEqual(['service:a']);
    await jest.advanceTimersByTimeAsync(5_000);
    expect(keys).toEqual(['service:a']);
  });

  it('leaves a service’s distant wish to the database, and keeps the others’, which nobody wrote down', async () => {
    const { keys, again } = setUp();
    again('service:a', 5_000);
    again('container:b', 5_000);
    again('container:c', 40_000);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(keys).toEqual(['container:b']);
  });

  it('bears a queue that is away', async () => {
    const { keys, again } = setUp(() => Promise.reject(new Error('away')));
    again('service:a', 10);
    await jest.advanceTimersByTimeAsync(20);
    again('service:a', 10);
    await jest.advanceTimersByTimeAsync(20);
    expect(keys).toEqual(['service:a', 'service:a']);
  });

  it('begins nothing after its end', async () => {
    const { keys, worker, again } = setUp();
    again('service:a', 10);
    await worker.stop();
    again('service:b', 10);
    await jest.advanceTimersByTimeAsync(100);
    expect(keys).toEqual([]);
  });
});
