import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Where containers stand with the edges, and since which transaction: what edges confirm is compared with it. */
export class PoolOrder1764250000000 implements MigrationInterface {
  name = 'PoolOrder1764250000000';

  async up(q: QueryRunner): Promise<void> {
    await q.query(
      `ALTER TABLE container ADD COLUMN pool text NOT NULL DEFAULT 'none', ADD COLUMN pool_changed_xid bigint,
         ADD COLUMN pool_changed_at timestamptz`,
    );
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`ALTER TABLE container DROP COLUMN pool, DROP COLUMN pool_changed_xid, DROP COLUMN pool_changed_at`);
  }
}
