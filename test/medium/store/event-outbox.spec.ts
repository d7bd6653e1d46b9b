import type { NewEvent } from '#libs/core/event/event-log.port.js';
import type { ReconcileKey } from '#libs/core/outbox/outbox.port.js';
import { newId } from '#libs/platform/id.js';
import type { PostgresTransaction } from '#libs/store/connection/postgres.transaction.js';
import { aTenant, type Tenant } from './records.js';
import { openStore, type TestStore } from './store.js';

let store: TestStore;
let tenant: Tenant;
beforeAll(async () => {
  store = await openStore();
});
beforeEach(async () => {
  tenant = await aTenant(store);
});
afterAll(() => store.close());

const anEvent = (given: Partial<NewEvent> = {}): NewEvent => ({
  ...tenant,
  type: 'service',
  verb: 'update',
  resourceId: newId(),
  state: 'running',
  parents: [{ type: 'stack', id: newId() }],
  ...given,
});
const append = (...events: NewEvent[]) => store.work.tenant(tenant, (tx) => tx.events.append(events));
const follow = (cursor: string, limit = 100) =>
  store.work.tenantRead(tenant, (tx) => tx.events.after(tenant.organizationId, tenant.projectId, cursor, limit));
/** A promise and what resolves it. */
const gate = () => {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
};

describe('events', () => {
  it('come in the order they were written, after a cursor, in pages', async () => {
    const written = Array.from({ length: 7 }, () => anEvent());
    await append(...written.slice(0, 3));
    await append(...written.slice(3));
    const read: string[] = [];
    for (let cursor = '0-0'; ;) {
      const events = await follow(cursor, 2);
      if (!events.length) break;
      read.push(...events.map((event) => event.resourceId));
      cursor = events.at(-1)?.id ?? '';
    }
    expect(read).toEqual(written.map((event) => event.resourceId));
    const [first] = await follow('0-0', 1);
    expect(first).toMatchObject({ ...written[0], at: expect.any(Date) });
    expect(store.notices.events.filter((id) => id === tenant.organizationId)).toHaveLength(2);
  });

  it('are never stepped over when an older transaction commits late', async () => {
    const [late, early] = [anEvent(), anEvent()];
    const [written, commit] = [gate(), gate()];
    const slow = store.work.tenant(tenant, async (tx) => {
      // A transaction has its number from its first write on; its events, written with the commit, carry that.
      await (tx as PostgresTransaction).sql.query('test-number', `SELECT pg_current_xact_id()`);
      await tx.events.append([late]);
      written.open();
      await commit.opened;
    });
    await written.opened;
    await append(early);
    const before = await follow('0-0');
    expect(before.map((event) => event.resourceId)).not.toContain(late.resourceId);
    const cursor = before.at(-1)?.id ?? '0-0';
    commit.open();
    await slow;
    const after = await follow(cursor);
    const seen = [...before, ...after].map((event) => event.resourceId);
    expect(seen).toEqual([late.resourceId, early.resourceId]);
  });

  it('are followed from now on without those that were', async () => {
    await append(anEvent());
    const now = await store.work.tenantRead(tenant, (tx) => tx.events.newest());
    expect(await follow(now)).toEqual([]);
    const next = anEvent();
    await append(next);
    expect((await follow(now)).map((event) => event.resourceId)).toEqual([next.resourceId]);
  });

  it('are the organization’s own, of one project and of none', async () => {
    const [mine, others, ofNone] = [anEvent(), anEvent({ projectId: newId() }), anEvent({ projectId: null })];
    await append(mine, others, ofNone);
    expect((await follow('0-0')).map((event) => event.resourceId)).toEqual([mine.resourceId, ofNone.resourceId]);
    const foreigner = await aTenant(store);
    const stolen = await store.work.tenantRead(foreigner, (tx) =>
      tx.events.after(tenant.organizationId, null, '0-0', 100),
    );
    expect(stolen).toEqual([]);
  });

  it('are pruned by age', async () => {
    await append(anEvent(), anEvent());
    await store.sql(`UPDATE event SET at = now() - interval '3 days' WHERE organization_id = $1`, [
      tenant.organizationId,
    ]);
    await append(anEvent());
    const dayAgo = new Date(Date.now() - 86_400_000);
    expect(await store.work.platform((tx) => tx.events.prune(dayAgo))).toBe(2);
    expect(await follow('0-0')).toHaveLength(1);
  });
});

describe('the outbox', () => {
  const claim = (limit: number) => store.work.platform((tx) => tx.reconcile.claimOutbox(limit));
  const keys = (count: number) => Array.from({ length: count }, (): ReconcileKey => `service:${newId()}`);
  const empty = async () => {
    while ((await claim(1_000)).length);
  };

  it('gives each key to one of several relays', async () => {
    await empty();
    const written = keys(60);
    await store.work.tenant(tenant, (tx) => tx.outbox.add(written));
    const claimed: ReconcileKey[] = [];
    const relay = async () => {
      for (let got = await claim(7); got.length; got = await claim(7)) claimed.push(...got);
    };
    await Promise.all([relay(), relay(), relay()]);
    expect(claimed.sort()).toEqual(written.sort());
  });

  it('keeps what a failing relay took', async () => {
    await empty();
    const written = keys(3);
    await store.work.tenant(tenant, (tx) => tx.outbox.add(written));
    const failing = store.work.platform(async (tx) => {
      await tx.reconcile.claimOutbox(10);
      throw new Error('The queue is gone.');
    });
    await expect(failing).rejects.toThrow('The queue is gone.');
    expect((await claim(10)).sort()).toEqual(written.sort());
  });

  it('hands a key that waits several times on once', async () => {
    await empty();
    const [key] = keys(1);
    for (let turn = 0; turn < 3; turn++) await store.work.tenant(tenant, (tx) => tx.outbox.add(key ? [key] : []));
    expect(await claim(10)).toEqual([key]);
    expect(await claim(10)).toEqual([]);
  });
});
