import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What containers are told of others and of themselves: the ends of their links, and keys that belong to a service
 * instead of to a user. Such a key's secret is kept sealed beside its hash, because every container of the service
 * is given it, also one that is made later.
 */
export class Discovery1764500000000 implements MigrationInterface {
  name = 'Discovery1764500000000';

  async up(q: QueryRunner): Promise<void> {
    await q.query(`ALTER TABLE container ADD COLUMN links jsonb NOT NULL DEFAULT '[]', ADD COLUMN api_key_id uuid`);
    await q.query(`ALTER TABLE api_key ALTER COLUMN user_id DROP NOT NULL, ADD COLUMN service_id uuid, ADD COLUMN secret_sealed bytea,
      ADD CONSTRAINT api_key_service_fkey FOREIGN KEY (service_id, organization_id) REFERENCES service (id, organization_id) ON DELETE CASCADE`);
    await q.query(`CREATE INDEX api_key_service_idx ON api_key (service_id)`);
    for (const table of ['service', 'revision']) {
      // The owner of a table is held by its policies as well, and has none of its own here.
      await q.query(`ALTER TABLE ${table} NO FORCE ROW LEVEL SECURITY`);
      await q.query(`UPDATE ${table} SET spec = jsonb_build_object('naming', 'plain') || spec || jsonb_build_object('links',
        coalesce((SELECT jsonb_agg(jsonb_build_object('secrets', false) || link) FROM jsonb_array_elements(spec -> 'links') link), '[]'))`);
      await q.query(`ALTER TABLE ${table} FORCE ROW LEVEL SECURITY`);
    }
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`DELETE FROM api_key WHERE user_id IS NULL`);
    await q.query(`DROP INDEX api_key_service_idx`);
    await q.query(`ALTER TABLE api_key DROP CONSTRAINT api_key_service_fkey, DROP COLUMN service_id, DROP COLUMN secret_sealed,
      ALTER COLUMN user_id SET NOT NULL`);
    await q.query(`ALTER TABLE container DROP COLUMN links, DROP COLUMN api_key_id`);
  }
}
