import { pino } from 'pino';
import { UnitOfWork, type Transaction } from '../unit-of-work/unit-of-work.port.js';
import { ReconcileQueue, type ReconcileKey } from './outbox.port.js';
import { OutboxRelay } from './outbox.relay.js';

/** An outbox in memory whose claims come back when the work fails. */
class MemoryWork extends UnitOfWork {
  rows: ReconcileKey[] = [];
  rounds = 0;
  /** Called when a transaction begins. */
  began: () => Promise<void> = () => Promise.resolve();

  async platform<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    this.rounds++;
    await this.began();
    let claimed: ReconcileKey[] = [];
    const claimOutbox = (limit: number) => {
      claimed = this.rows.splice(0, limit);
      return Promise.resolve(claimed);
    };
    try {
      return await work({ reconcile: { claimOutbox } } as unknown as Transaction);
    } catch (error) {
      this.rows.unshift(...claimed);
      throw error;
    }
  }
  tenant<T>(): Promise<T> {
    throw new Error('not used');
  }
  tenantRead<T>(): Promise<T> {
    throw new Error('not used');
  }
  platformRead<T>(): Promise<T> {
    throw new Error('not used');
  }
}

class MemoryQueue extends ReconcileQueue {
  keys: ReconcileKey[] = [];
  away = false;
  enqueue(keys: ReconcileKey[]): Promise<void> {
    if (this.away) return Promise.reject(new Error('away'));
    this.keys.push(...keys);
    return Promise.resolve();
  }
}

function setUp() {
  const [work, queue, lines] = [new MemoryWork(), new MemoryQueue(), [] as string[]];
  const log = pino({}, { write: (line: string) => void lines.push((JSON.parse(line) as { msg: string }).msg) });
  return { work, queue, lines, relay: new OutboxRelay(work, queue, log) };
}

describe('OutboxRelay', () => {
  it('moves everything there is, batch by batch', async () => {
    const { work, queue, relay } = setUp();
    const written = Array.from({ length: 1_234 }, (_, at): ReconcileKey => `service:${at}`);
    work.rows = [...written];
    await relay.kick();
    expect(queue.keys).toEqual(written);
    expect(work.rows).toEqual([]);
  });

  it('answers all calls that come while it moves with one more round, which each of them awaits', async () => {
    const { work, queue, relay } = setUp();
    let open: () => void = () => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    work.began = () => opened;
    const first = relay.kick();
    const later = Array.from({ length: 50 }, () => relay.kick());
    // Written after the first round looked would be missed by it.
    work.began = () => Promise.resolve();
    open();
    work.rows = ['node:late'];
    await Promise.all([first, ...later]);
    expect(queue.keys).toEqual(['node:late']);
    expect(work.rounds).toBeLessThanOrEqual(3);
  });

  it('loses no call that comes in the moment in which a round ends', async () => {
    const { work, queue, relay } = setUp();
    for (let turn = 0; turn < 30; turn++) {
      const key: ReconcileKey = `node:${turn}`;
      const round = relay.kick();
      for (let microtasks = 0; microtasks < turn; microtasks++) await Promise.resolve();
      work.rows.push(key);
      await relay.kick();
      expect(queue.keys).toContain(key);
      await round;
    }
  });

  it('leaves the keys where they are while the queue is away, and says so once', async () => {
    const { work, queue, relay, lines } = setUp();
    work.rows = ['stack:1', 'stack:2'];
    queue.away = true;
    for (let turn = 0; turn < 3; turn++) await relay.kick();
    expect(work.rows).toEqual(['stack:1', 'stack:2']);
    queue.away = false;
    await relay.kick();
    expect(queue.keys).toEqual(['stack:1', 'stack:2']);
    await relay.kick();
    expect(lines).toEqual(['the outbox waits: the database or the queue is away', 'the outbox moves again']);
  });
});
