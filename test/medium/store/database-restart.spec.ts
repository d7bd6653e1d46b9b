import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '#libs/launch/ports/port.js';
import { PostgresPart } from '#libs/launch/postgres/postgres.part.js';
import { StateFolder } from '#libs/launch/state/state-folder.js';
import { migrate } from '#libs/store/migration/migrator.js';
import { aStack, aTenant } from './records.js';
import { openStore } from './store.js';

const folder = mkdtempSync(join(tmpdir(), 'pierhead-store-'));
let postgres: PostgresPart;

beforeAll(async () => {
  const state = new StateFolder(folder);
  state.make();
  postgres = new PostgresPart(state, { port: await freePort(), durable: false });
  await postgres.start();
}, 60_000);
afterAll(async () => {
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
}, 30_000);

it('a database that restarts is unavailable meanwhile and then serves again what was committed', async () => {
  const masterKey = Buffer.alloc(32, 7);
  await migrate(postgres.url(), masterKey, () => undefined);
  const store = await openStore({
    database: { name: 'pierhead', url: postgres.url(), masterKey, drop: async () => undefined },
  });
  const tenant = await aTenant(store);
  const [committed, cut] = [aStack(tenant), aStack(tenant)];
  await store.work.tenant(tenant, (tx) => tx.stacks.insert(committed));

  const interrupted = store.work.tenant(tenant, async (tx) => {
    await tx.stacks.insert(cut);
    await postgres.stop();
    await tx.stacks.get(tenant.projectId, cut.id);
  });
  await expect(interrupted).rejects.toMatchObject({ code: 'unavailable', detail: { retryAfterSeconds: 1 } });
  const names = () =>
    store.work.tenantRead(tenant, async (tx) =>
      (await tx.stacks.details(tenant.projectId, { limit: 9, offset: 0 })).rows.map((stack) => stack.name),
    );
  for (let at = 0; at < 8; at++) await expect(names()).rejects.toMatchObject({ code: 'unavailable' });

  await postgres.start();
  expect(await names()).toEqual([committed.name]);
  await store.work.tenant(tenant, (tx) => tx.stacks.insert(cut));
  expect(await names()).toEqual([committed.name, cut.name]);
  await store.close();
}, 60_000);
