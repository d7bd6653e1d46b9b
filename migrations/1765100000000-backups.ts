import type { MigrationInterface, QueryRunner } from 'typeorm';
import { tenantTable } from '../libs/store/migration/tenancy.js';

/** Where volumes are backed up to and when, what is kept there, and the work on it that is not over yet. */
export class Backups1765100000000 implements MigrationInterface {
  name = 'Backups1765100000000';

  async up(q: QueryRunner): Promise<void> {
    await q.query(
      `CREATE TABLE backup_target (
         id uuid NOT NULL, organization_id uuid NOT NULL, project_id uuid NOT NULL, name text NOT NULL, kind text NOT NULL,
         settings jsonb NOT NULL, secret_sealed bytea, share_id uuid,
         created_at timestamptz NOT NULL DEFAULT now(), row_version integer NOT NULL DEFAULT 1,
         CONSTRAINT backup_target_pkey PRIMARY KEY (id), CONSTRAINT backup_target_name_key UNIQUE (project_id, name),
         CONSTRAINT backup_target_tenant_key UNIQUE (id, organization_id),
         CONSTRAINT backup_target_project_fkey FOREIGN KEY (project_id, organization_id) REFERENCES project (id, organization_id),
         CONSTRAINT backup_target_share_fkey FOREIGN KEY (share_id, organization_id) REFERENCES file_share (id, organization_id))`,
    );
    await q.query(`CREATE INDEX backup_target_share_idx ON backup_target (share_id) WHERE share_id IS NOT NULL`);
    await q.query(
      `CREATE TABLE backup_schedule (
         id uuid NOT NULL, organization_id uuid NOT NULL, project_id uuid NOT NULL, volume_id uuid NOT NULL, target_id uuid NOT NULL,
         cron text NOT NULL, time_zone text NOT NULL, keep_last integer, keep_days integer, enabled boolean NOT NULL DEFAULT true,
         next_at timestamptz, last_at timestamptz, last_message text,
         created_at timestamptz NOT NULL DEFAULT now(), row_version integer NOT NULL DEFAULT 1,
         CONSTRAINT backup_schedule_pkey PRIMARY KEY (id),
         CONSTRAINT backup_schedule_project_fkey FOREIGN KEY (project_id, organization_id) REFERENCES project (id, organization_id) ON DELETE CASCADE,
         CONSTRAINT backup_schedule_volume_fkey FOREIGN KEY (volume_id, organization_id) REFERENCES volume (id, organization_id) ON DELETE CASCADE,
         CONSTRAINT backup_schedule_target_fkey FOREIGN KEY (target_id, organization_id) REFERENCES backup_target (id, organization_id))`,
    );
    await q.query(`CREATE INDEX backup_schedule_project_idx ON backup_schedule (project_id, created_at, id)`);
    await q.query(`CREATE INDEX backup_schedule_next_idx ON backup_schedule (next_at) WHERE next_at IS NOT NULL`);
    await q.query(`CREATE INDEX backup_schedule_volume_idx ON backup_schedule (volume_id)`);
    await q.query(`CREATE INDEX backup_schedule_target_idx ON backup_schedule (target_id)`);
    // Without keys to volume and schedule: a backup outlives both.
    await q.query(
      `CREATE TABLE backup (
         id uuid NOT NULL, organization_id uuid NOT NULL, project_id uuid NOT NULL, target_id uuid NOT NULL,
         volume_id uuid NOT NULL, volume_name text NOT NULL, schedule_id uuid, action_id uuid NOT NULL,
         state text NOT NULL, message text, object_key text, object_bytes bigint, content_bytes bigint, entries integer, sha256 text,
         done_bytes bigint NOT NULL DEFAULT 0, created_at timestamptz NOT NULL DEFAULT now(), started_at timestamptz, ended_at timestamptz,
         CONSTRAINT backup_pkey PRIMARY KEY (id), CONSTRAINT backup_tenant_key UNIQUE (id, organization_id),
         CONSTRAINT backup_project_fkey FOREIGN KEY (project_id, organization_id) REFERENCES project (id, organization_id),
         CONSTRAINT backup_target_fkey FOREIGN KEY (target_id, organization_id) REFERENCES backup_target (id, organization_id))`,
    );
    await q.query(`CREATE INDEX backup_project_idx ON backup (project_id, created_at, id)`);
    await q.query(`CREATE INDEX backup_target_idx ON backup (target_id)`);
    await q.query(`CREATE INDEX backup_schedule_idx ON backup (schedule_id) WHERE schedule_id IS NOT NULL`);
    // A row is there as long as the work is: a volume has one at most.
    await q.query(
      `CREATE TABLE backup_work (
         id uuid NOT NULL, organization_id uuid NOT NULL, project_id uuid NOT NULL, kind text NOT NULL, backup_id uuid NOT NULL,
         action_id uuid NOT NULL, volume_id uuid, made_volume boolean NOT NULL DEFAULT false,
         beside_name text, beside_node_id uuid, holder uuid, lease_until timestamptz, not_before timestamptz,
         attempts integer NOT NULL DEFAULT 0, deadline_at timestamptz NOT NULL, cancel_asked boolean NOT NULL DEFAULT false,
         created_at timestamptz NOT NULL DEFAULT now(),
         CONSTRAINT backup_work_pkey PRIMARY KEY (id), CONSTRAINT backup_work_volume_key UNIQUE (volume_id),
         CONSTRAINT backup_work_backup_fkey FOREIGN KEY (backup_id, organization_id) REFERENCES backup (id, organization_id) ON DELETE CASCADE)`,
    );
    await q.query(`CREATE INDEX backup_work_backup_idx ON backup_work (backup_id)`);
    await q.query(`CREATE INDEX backup_work_action_idx ON backup_work (action_id)`);
    for (const table of ['backup_target', 'backup_schedule', 'backup', 'backup_work']) await tenantTable(q, table);
  }

  async down(q: QueryRunner): Promise<void> {
    for (const table of ['backup_work', 'backup', 'backup_schedule', 'backup_target'])
      await q.query(`DROP TABLE ${table}`);
  }
}
