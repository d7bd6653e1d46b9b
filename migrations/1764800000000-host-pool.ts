import type { MigrationInterface, QueryRunner } from 'typeorm';

const mine = `organization_id = nullif(current_setting('pierhead.organization_id', true), '')::uuid`;

/**
 * Hosts that the operator keeps ready for node clusters. While nobody has claimed one, no tenant sees it and nothing
 * is placed on it.
 */
export class HostPool1764800000000 implements MigrationInterface {
  name = 'HostPool1764800000000';

  async up(q: QueryRunner): Promise<void> {
    await q.query(
      `ALTER TABLE node ADD COLUMN claimable boolean NOT NULL DEFAULT false, ADD COLUMN releasing_since timestamptz`,
    );
    await q.query(
      `ALTER TABLE node_cluster ADD COLUMN region text, ADD COLUMN node_type text, ADD COLUMN target_nodes integer,
         ADD COLUMN deployed_at timestamptz, ADD COLUMN terminating boolean NOT NULL DEFAULT false,
         ADD COLUMN action_id uuid`,
    );
    await q.query(`DROP POLICY "tenant_read" ON "node"`);
    await q.query(
      `CREATE POLICY "tenant_read" ON "node" FOR SELECT TO pierhead_tenant
         USING ((organization_id IS NULL AND NOT claimable) OR ${mine})`,
    );
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`DROP POLICY "tenant_read" ON "node"`);
    await q.query(
      `CREATE POLICY "tenant_read" ON "node" FOR SELECT TO pierhead_tenant USING (organization_id IS NULL OR ${mine})`,
    );
    await q.query(
      `ALTER TABLE node_cluster DROP COLUMN region, DROP COLUMN node_type, DROP COLUMN target_nodes,
         DROP COLUMN deployed_at, DROP COLUMN terminating, DROP COLUMN action_id`,
    );
    await q.query(`ALTER TABLE node DROP COLUMN claimable, DROP COLUMN releasing_since`);
  }
}
