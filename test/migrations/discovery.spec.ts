import { randomUUID } from 'node:crypto';
import { createDataSource } from '#libs/store/connection/data-source.js';
import { Discovery1764500000000 } from '../../migrations/1764500000000-discovery.js';
import { createTestDatabase } from '../support/database.js';

/** A definition as it was written before this migration. */
const before = { name: 'web', links: [{ alias: 'db', serviceId: randomUUID() }], template: { image: 'busybox' } };

it('gives the definitions there are a naming, and their links no secrets', async () => {
  const database = await createTestDatabase();
  const source = await createDataSource(database.url, { poolSize: 1, applicationName: 'test' }).initialize();
  const runner = source.createQueryRunner();
  const migration = new Discovery1764500000000();
  try {
    await migration.down(runner);
    const [organization, project, service] = [randomUUID(), randomUUID(), randomUUID()];
    await runner.query(`INSERT INTO organization (id, name, display_name) VALUES ($1, 'o', 'o')`, [organization]);
    await runner.query(
      `INSERT INTO project (id, organization_id, name, namespace, display_name) VALUES ($1, $2, 'p', 'p', 'p')`,
      [project, organization],
    );
    await runner.query(
      `INSERT INTO service (id, organization_id, project_id, name, spec, intent, state, replicas) VALUES ($1, $2, $3, 'web', $4, 'created', 'not-running', 1)`,
      [service, organization, project, JSON.stringify(before)],
    );
    await runner.query(`INSERT INTO revision (service_id, number, organization_id, spec) VALUES ($1, 1, $2, $3)`, [
      service,
      organization,
      JSON.stringify({ ...before, links: [] }),
    ]);
    await migration.up(runner);
    const [{ spec }] = (await runner.query(`SELECT spec FROM service`)) as [{ spec: unknown }];
    expect(spec).toEqual({ ...before, naming: 'plain', links: [{ ...before.links[0], secrets: false }] });
    const [revision] = (await runner.query(`SELECT spec FROM revision`)) as [{ spec: unknown }];
    expect(revision.spec).toEqual({ ...before, naming: 'plain', links: [] });
  } finally {
    await runner.release();
    await source.destroy();
    await database.drop();
  }
});
