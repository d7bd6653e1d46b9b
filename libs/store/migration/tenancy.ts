import type { QueryRunner } from 'typeorm';

const mine = `organization_id = nullif(current_setting('pierhead.organization_id', true), '')::uuid`;

/** Row-level security as every table has it: the platform's role sees all of it, no other any of it. */
export async function platformTable(q: QueryRunner, table: string): Promise<void> {
  await q.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON "${table}" TO pierhead_platform`);
  await q.query(`ALTER TABLE "${table}" ENABLE ROW LEVEL SECURITY`);
  await q.query(`ALTER TABLE "${table}" FORCE ROW LEVEL SECURITY`);
  await q.query(`CREATE POLICY "platform" ON "${table}" TO pierhead_platform USING (true) WITH CHECK (true)`);
}

/** A table with an `organization_id`: a tenant's connection sees and writes the rows of the organization it named. */
export async function tenantTable(q: QueryRunner, table: string): Promise<void> {
  await platformTable(q, table);
  await q.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON "${table}" TO pierhead_tenant`);
  await q.query(`CREATE POLICY "tenant" ON "${table}" TO pierhead_tenant USING (${mine}) WITH CHECK (${mine})`);
}
