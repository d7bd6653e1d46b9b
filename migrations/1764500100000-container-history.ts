import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Removed containers stay on record for a day, and a service is looked at many times in it: the few of them that its
 * decider still asks for are found without reading the others.
 */
export class ContainerHistory1764500100000 implements MigrationInterface {
  name = 'ContainerHistory1764500100000';

  async up(q: QueryRunner): Promise<void> {
    await q.query(`CREATE INDEX container_deployment_idx ON container (deployment_id) WHERE removed_at IS NOT NULL`);
    await q.query(
      `CREATE INDEX container_failed_idx ON container (service_id, failed_at) WHERE removed_at IS NOT NULL AND failed_at IS NOT NULL`,
    );
    await q.query(
      `CREATE INDEX container_autodestroyed_idx ON container (service_id, ordinal) WHERE removed_at IS NOT NULL AND autodestroyed`,
    );
    await q.query(
      `CREATE INDEX container_former_idx ON container (service_id, ordinal, created_at) WHERE removed_at IS NOT NULL`,
    );
  }

  async down(q: QueryRunner): Promise<void> {
    for (const name of ['deployment', 'failed', 'autodestroyed', 'former'])
      await q.query(`DROP INDEX container_${name}_idx`);
  }
}
