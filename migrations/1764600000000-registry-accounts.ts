import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a registry is called by its users, and whether it took its credentials when it was last asked. */
export class RegistryAccounts1764600000000 implements MigrationInterface {
  name = 'RegistryAccounts1764600000000';

  async up(q: QueryRunner): Promise<void> {
    await q.query(`ALTER TABLE registry ADD COLUMN description text, ADD COLUMN accepted boolean`);
    // Roles are named in addresses of their own.
    for (const table of ['membership', 'project_membership']) {
      await q.query(`ALTER TABLE ${table} ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid()`);
      await q.query(`ALTER TABLE ${table} ALTER COLUMN id DROP DEFAULT`);
      await q.query(`ALTER TABLE ${table} ADD CONSTRAINT ${table}_id_key UNIQUE (id)`);
    }
  }

  async down(q: QueryRunner): Promise<void> {
    for (const table of ['project_membership', 'membership']) await q.query(`ALTER TABLE ${table} DROP COLUMN id`);
    await q.query(`ALTER TABLE registry DROP COLUMN description, DROP COLUMN accepted`);
  }
}
