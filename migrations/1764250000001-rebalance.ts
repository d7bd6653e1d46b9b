import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Containers that are to be on another node, and who wants that done by itself. */
export class Rebalance1764250000001 implements MigrationInterface {
  name = 'Rebalance1764250000001';

  async up(q: QueryRunner): Promise<void> {
    await q.query(`ALTER TABLE container ADD COLUMN move_to uuid`);
    for (const table of ['project', 'node_cluster']) {
      await q.query(
        `ALTER TABLE ${table} ADD COLUMN rebalance_moves_per_minute integer NOT NULL DEFAULT 0, ADD COLUMN rebalanced_at timestamptz`,
      );
    }
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`ALTER TABLE container DROP COLUMN move_to`);
    for (const table of ['project', 'node_cluster']) {
      await q.query(`ALTER TABLE ${table} DROP COLUMN rebalance_moves_per_minute, DROP COLUMN rebalanced_at`);
    }
  }
}
