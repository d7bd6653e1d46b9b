import type { MigrationInterface, QueryRunner } from 'typeorm';
import { tenantTable } from '../libs/store/migration/tenancy.js';

/** File shares on nodes with the storage role, which projects may use them, volumes on them, and how nodes reach them. */
export class FileShares1765000000000 implements MigrationInterface {
  name = 'FileShares1765000000000';

  async up(q: QueryRunner): Promise<void> {
    await q.query(
      `ALTER TABLE node ADD COLUMN nfs_client boolean NOT NULL DEFAULT false, ADD COLUMN machine text,
         ADD COLUMN storage_port integer NOT NULL DEFAULT 0, ADD COLUMN storage_bytes bigint NOT NULL DEFAULT 0`,
    );
    // Without a key to the node: a share outlives its removal, and says so.
    await q.query(
      `CREATE TABLE file_share (
         id uuid NOT NULL, organization_id uuid NOT NULL, project_id uuid NOT NULL, name text NOT NULL,
         size_bytes bigint NOT NULL, iops_per_gb double precision NOT NULL, node_id uuid NOT NULL, removed boolean NOT NULL DEFAULT false,
         state text NOT NULL, message text, observed text NOT NULL DEFAULT 'pending', observed_message text, made_at timestamptz,
         used_bytes bigint, total_bytes bigint, used_at timestamptz, labels jsonb NOT NULL DEFAULT '{}',
         created_at timestamptz NOT NULL DEFAULT now(), row_version integer NOT NULL DEFAULT 1,
         CONSTRAINT file_share_pkey PRIMARY KEY (id), CONSTRAINT file_share_name_key UNIQUE (organization_id, name),
         CONSTRAINT file_share_tenant_key UNIQUE (id, organization_id),
         CONSTRAINT file_share_project_fkey FOREIGN KEY (project_id, organization_id) REFERENCES project (id, organization_id))`,
    );
    await q.query(`CREATE INDEX file_share_project_idx ON file_share (project_id)`);
    await q.query(`CREATE INDEX file_share_node_idx ON file_share (node_id)`);
    await q.query(
      `CREATE TABLE file_share_project (
         share_id uuid NOT NULL, project_id uuid NOT NULL, organization_id uuid NOT NULL,
         CONSTRAINT file_share_project_pkey PRIMARY KEY (share_id, project_id),
         CONSTRAINT file_share_project_share_fkey FOREIGN KEY (share_id, organization_id) REFERENCES file_share (id, organization_id) ON DELETE CASCADE,
         CONSTRAINT file_share_project_project_fkey FOREIGN KEY (project_id, organization_id) REFERENCES project (id, organization_id) ON DELETE CASCADE)`,
    );
    await q.query(`CREATE INDEX file_share_project_project_idx ON file_share_project (project_id)`);
    await q.query(
      `ALTER TABLE volume ADD CONSTRAINT volume_share_fkey FOREIGN KEY (share_id, organization_id) REFERENCES file_share (id, organization_id)`,
    );
    await q.query(`CREATE INDEX volume_share_idx ON volume (share_id)`);
    await q.query(`ALTER TABLE volume_removal ADD COLUMN share_id uuid`);
    for (const table of ['file_share', 'file_share_project']) await tenantTable(q, table);
    await this.limit(q);
  }

  /** Organizations that are there get the limit that new ones begin with. */
  private async limit(q: QueryRunner): Promise<void> {
    for (const table of ['organization', 'quota']) await q.query(`ALTER TABLE "${table}" NO FORCE ROW LEVEL SECURITY`);
    await q.query(
      `INSERT INTO quota (id, organization_id, project_id, resource, "limit")
       SELECT gen_random_uuid(), id, NULL, 'fileShares', 10 FROM organization`,
    );
    for (const table of ['organization', 'quota']) await q.query(`ALTER TABLE "${table}" FORCE ROW LEVEL SECURITY`);
  }

  async down(q: QueryRunner): Promise<void> {
    for (const table of ['quota', 'usage']) {
      await q.query(`ALTER TABLE "${table}" NO FORCE ROW LEVEL SECURITY`);
      await q.query(`DELETE FROM "${table}" WHERE resource IN ('fileShares', 'fileShareBytes')`);
      await q.query(`ALTER TABLE "${table}" FORCE ROW LEVEL SECURITY`);
    }
    await q.query(`ALTER TABLE volume_removal DROP COLUMN share_id`);
    await q.query(`DROP INDEX volume_share_idx`);
    await q.query(`ALTER TABLE volume DROP CONSTRAINT volume_share_fkey`);
    for (const table of ['file_share_project', 'file_share']) await q.query(`DROP TABLE ${table}`);
    await q.query(
      `ALTER TABLE node DROP COLUMN nfs_client, DROP COLUMN machine, DROP COLUMN storage_port, DROP COLUMN storage_bytes`,
    );
  }
}
