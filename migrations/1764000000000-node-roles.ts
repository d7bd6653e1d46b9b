import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a node does beside running containers, and where other nodes reach it. */
export class NodeRoles1764000000000 implements MigrationInterface {
  name = 'NodeRoles1764000000000';

  async up(q: QueryRunner): Promise<void> {
    await q.query(
      `ALTER TABLE node ADD COLUMN roles text[] NOT NULL DEFAULT '{}', ADD COLUMN overlay boolean NOT NULL DEFAULT false,
         ADD COLUMN underlay_address text`,
    );
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`ALTER TABLE node DROP COLUMN roles, DROP COLUMN overlay, DROP COLUMN underlay_address`);
  }
}
