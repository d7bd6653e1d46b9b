import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A container's row is written some five times in its life. With room on its page and no index on a column that
 * changes, a new version replaces the old one where it is, and no index is touched. Events are read by their order
 * alone, so that their order is their key.
 */
export class FewerIndexWrites1765400000000 implements MigrationInterface {
  name = 'FewerIndexWrites1765400000000';

  async up(q: QueryRunner): Promise<void> {
    await q.query(
      `ALTER TABLE container SET (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05)`,
    );
    await q.query(`ALTER TABLE node SET (fillfactor = 50)`);
    await q.query(`DROP INDEX container_node_idx`);
    await q.query(`CREATE INDEX container_node_idx ON container (node_id) WHERE removed_at IS NULL`);
    await q.query(`DROP INDEX container_service_idx`);
    await q.query(`CREATE INDEX container_service_idx ON container (service_id, ordinal) WHERE removed_at IS NULL`);
    await q.query(`ALTER TABLE event DROP CONSTRAINT event_pkey`);
    await q.query(`DROP INDEX event_feed_idx`);
    await q.query(`ALTER TABLE event ADD CONSTRAINT event_pkey PRIMARY KEY (transaction_id, id)`);
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`ALTER TABLE event DROP CONSTRAINT event_pkey`);
    await q.query(`CREATE INDEX event_feed_idx ON event (transaction_id, id)`);
    await q.query(`ALTER TABLE event ADD CONSTRAINT event_pkey PRIMARY KEY (id)`);
    await q.query(`DROP INDEX container_service_idx`);
    await q.query(`CREATE INDEX container_service_idx ON container (service_id) WHERE removed_at IS NULL`);
    await q.query(`DROP INDEX container_node_idx`);
    await q.query(
      `CREATE INDEX container_node_idx ON container (node_id, assigned_generation) WHERE removed_at IS NULL`,
    );
    await q.query(`ALTER TABLE node RESET (fillfactor)`);
    await q.query(
      `ALTER TABLE container RESET (fillfactor, autovacuum_vacuum_scale_factor, autovacuum_analyze_scale_factor)`,
    );
  }
}
