import type { MigrationInterface, QueryRunner } from 'typeorm';
import { tenantTable } from '../libs/store/migration/tenancy.js';

/**
 * Volumes with an owner, one writer at a time where asked for, and a size; which container mounts which of them; and
 * what nodes have still to remove of volumes that are gone.
 */
export class Volumes1764300000000 implements MigrationInterface {
  name = 'Volumes1764300000000';

  async up(q: QueryRunner): Promise<void> {
    // Without a key to the service: what is the project's stays when its service is gone.
    await q.query(
      `ALTER TABLE volume ADD COLUMN share_id uuid, ADD COLUMN owner text NOT NULL DEFAULT 'project',
         ADD COLUMN service_id uuid, ADD COLUMN instance text, ADD COLUMN mount_key text, ADD COLUMN set_id uuid,
         ADD COLUMN epoch integer NOT NULL DEFAULT 0, ADD COLUMN retired_at timestamptz, ADD COLUMN engine_name text,
         ADD COLUMN access text NOT NULL DEFAULT 'shared', ADD COLUMN fence bigint NOT NULL DEFAULT 0, ADD COLUMN writer_id uuid,
         ADD COLUMN size_limit_bytes bigint, ADD COLUMN used_bytes bigint, ADD COLUMN used_at timestamptz,
         ADD CONSTRAINT volume_tenant_key UNIQUE (id, organization_id)`,
    );
    await q.query(`CREATE INDEX volume_node_idx ON volume (node_id)`);
    await q.query(`CREATE INDEX volume_service_idx ON volume (service_id)`);
    await q.query(
      `ALTER TABLE container ADD COLUMN volume_set uuid, ADD CONSTRAINT container_tenant_key UNIQUE (id, organization_id)`,
    );
    await q.query(`ALTER TABLE revision ADD COLUMN volume_epoch integer NOT NULL DEFAULT 0`);
    await q.query(
      `CREATE TABLE volume_mount (
         container_id uuid NOT NULL, target text NOT NULL, organization_id uuid NOT NULL, volume_id uuid NOT NULL,
         fence bigint NOT NULL DEFAULT 0,
         CONSTRAINT volume_mount_pkey PRIMARY KEY (container_id, target),
         CONSTRAINT volume_mount_container_fkey FOREIGN KEY (container_id, organization_id) REFERENCES container (id, organization_id) ON DELETE CASCADE,
         CONSTRAINT volume_mount_volume_fkey FOREIGN KEY (volume_id, organization_id) REFERENCES volume (id, organization_id) ON DELETE CASCADE)`,
    );
    await q.query(`CREATE INDEX volume_mount_volume_idx ON volume_mount (volume_id)`);
    // It outlives the volume, and its project too: a node that is away for long learns of it when it is back.
    await q.query(
      `CREATE TABLE volume_removal (
         volume_id uuid NOT NULL, organization_id uuid NOT NULL, project_id uuid NOT NULL, node_id uuid NOT NULL,
         engine_name text, asked_at timestamptz NOT NULL DEFAULT now(),
         CONSTRAINT volume_removal_pkey PRIMARY KEY (volume_id))`,
    );
    await q.query(`CREATE INDEX volume_removal_node_idx ON volume_removal (node_id)`);
    await tenantTable(q, 'volume_mount');
    await tenantTable(q, 'volume_removal');
    // Tables' owners are held to row-level security too, unless they are superusers: nothing would be found.
    const filled = ['service', 'revision', 'container', 'volume', 'volume_mount'];
    for (const table of filled) await q.query(`ALTER TABLE "${table}" NO FORCE ROW LEVEL SECURITY`);
    await this.keep(q);
    for (const table of filled) await q.query(`ALTER TABLE "${table}" FORCE ROW LEVEL SECURITY`);
  }

  /** What was there before: engine's names made of the project's and the volume's, mounts read from definitions. */
  private async keep(q: QueryRunner): Promise<void> {
    await q.query(
      `UPDATE volume SET engine_name = 'pierhead-' || left(replace(node_id::text, '-', ''), 8) || '-' || project_id || '-' || name
        WHERE node_id IS NOT NULL`,
    );
    for (const [table, column, path] of [
      ['service', 'spec', ['template']],
      ['revision', 'spec', ['template']],
      ['container', 'template', []],
    ] as const) {
      const at = (name: string) => `'{${[...path, name].join(',')}}'`;
      await q.query(
        `UPDATE "${table}" SET ${column} = jsonb_set(jsonb_set(${column}, ${at('imageVolumes')}, '"container"'), ${at('mounts')},
           (SELECT coalesce(jsonb_agg(CASE WHEN m ->> 'kind' = 'volume' THEN '{"perInstance": false}' || m ELSE m END ORDER BY place), '[]')
              FROM jsonb_array_elements(${column} #> ${at('mounts')}) WITH ORDINALITY AS mount (m, place)))
          WHERE jsonb_typeof(${column} #> ${at('mounts')}) = 'array'`,
      );
    }
    await q.query(
      `INSERT INTO volume_mount (container_id, target, organization_id, volume_id)
       SELECT c.id, m ->> 'target', c.organization_id, v.id
         FROM container c LEFT JOIN revision r ON r.service_id = c.service_id AND r.number = c.revision
         CROSS JOIN LATERAL jsonb_array_elements(coalesce(c.template -> 'mounts', r.spec #> '{template,mounts}')) AS m
         JOIN volume v ON v.project_id = c.project_id AND v.name = m ->> 'volume'
        WHERE c.removed_at IS NULL AND m ->> 'kind' = 'volume'
       ON CONFLICT DO NOTHING`,
    );
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`DROP TABLE volume_removal`);
    await q.query(`DROP TABLE volume_mount`);
    await q.query(`ALTER TABLE revision DROP COLUMN volume_epoch`);
    await q.query(`ALTER TABLE container DROP CONSTRAINT container_tenant_key, DROP COLUMN volume_set`);
    await q.query(
      `ALTER TABLE volume DROP CONSTRAINT volume_tenant_key, DROP COLUMN share_id, DROP COLUMN owner, DROP COLUMN service_id,
         DROP COLUMN instance, DROP COLUMN mount_key, DROP COLUMN set_id, DROP COLUMN epoch, DROP COLUMN retired_at,
         DROP COLUMN engine_name, DROP COLUMN access, DROP COLUMN fence, DROP COLUMN writer_id, DROP COLUMN size_limit_bytes,
         DROP COLUMN used_bytes, DROP COLUMN used_at`,
    );
  }
}
