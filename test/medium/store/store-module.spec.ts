import { Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { CommitNotices } from '#libs/core/unit-of-work/commit-notices.port.js';
import { UnitOfWork } from '#libs/core/unit-of-work/unit-of-work.port.js';
import { newId } from '#libs/platform/id.js';
import { StoreModule } from '#libs/store/store.module.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { RecordedNotices } from './store.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const notices = new RecordedNotices();

@Module({ providers: [{ provide: CommitNotices, useValue: notices }], exports: [CommitNotices] })
class NoticesModule {}

const options = () => ({
  databaseUrl: database.url,
  masterKey: database.masterKey,
  poolSize: 2,
  applicationName: 'pierhead-test',
});

describe('StoreModule', () => {
  it('provides the transaction seam over a pool of each role, and closes them', async () => {
    const module = await Test.createTestingModule({
      imports: [StoreModule.forRoot({ ...options(), imports: [NoticesModule] })],
    }).compile();
    const work = module.get(UnitOfWork);
    const connections = () =>
      work.platformRead(async () => {
        const { default: pg } = await import('pg');
        const owner = new pg.Client({ connectionString: database.url });
        await owner.connect();
        const { rows } = await owner.query<{ name: string; role: string }>(
          `SELECT DISTINCT application_name AS name, usename AS role FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid() ORDER BY 1`,
        );
        await owner.end();
        return rows;
      });
    await work.tenant({ organizationId: newId() }, (tx) => tx.outbox.add([`node:${newId()}`]));
    expect(notices.outbox).toBe(1);
    expect(await connections()).toEqual([
      { name: 'pierhead-test-platform', role: 'pierhead_platform' },
      { name: 'pierhead-test-tenant', role: 'pierhead_tenant' },
    ]);
    await module.close();
    await expect(work.platformRead(async () => undefined)).rejects.toThrow();
  });

  it('works for a process that nobody waits for', async () => {
    const module = await Test.createTestingModule({ imports: [StoreModule.forRoot(options())] }).compile();
    const work = module.get(UnitOfWork);
    await work.platform((tx) => tx.outbox.add([`node:${newId()}`]));
    await module.close();
  });
});
