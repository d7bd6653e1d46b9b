import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A name of a node cluster for people, beside the one that its nodes are tagged with. */
export class NodeClusterDisplayName1765200000000 implements MigrationInterface {
  name = 'NodeClusterDisplayName1765200000000';

  async up(q: QueryRunner): Promise<void> {
    await q.query(`ALTER TABLE node_cluster ADD COLUMN display_name text`);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`ALTER TABLE node_cluster DROP COLUMN display_name`);
  }
}
