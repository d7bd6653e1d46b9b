import { ProjectChanges } from '#libs/core/event/project-changes.port.js';
import type { UnitOfWork } from '#libs/core/unit-of-work/unit-of-work.port.js';
import type { PostgresTransaction } from '../connection/postgres.transaction.js';

/** Behind every row of a transaction. */
const lastRow = Number.MAX_SAFE_INTEGER;

/**
 * Reads up to the oldest open transaction, which is where the next read begins. What happens to a node concerns the
 * projects it has containers or an address of, and those with routes when it is an edge.
 */
const text = `
  WITH seen AS MATERIALIZED (
    SELECT DISTINCT e.type, e.project_id, e.resource_id FROM event e
     WHERE (e.transaction_id, e.id) > ($1::bigint, ${lastRow})
       AND e.transaction_id < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
       AND e.type IN ('container', 'service', 'network', 'route', 'certificate', 'domain', 'public-ip', 'node')),
  moved AS (SELECT n.id, n.roles FROM node n WHERE n.id IN (SELECT resource_id FROM seen WHERE type = 'node'))
  SELECT (pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1)::text AS cursor,
         ARRAY(SELECT project_id FROM seen WHERE type <> 'node' AND project_id IS NOT NULL
               UNION SELECT c.project_id FROM container c JOIN moved m ON m.id = c.node_id WHERE c.removed_at IS NULL
               UNION SELECT l.project_id FROM network_lease l JOIN moved m ON m.id = l.node_id
               UNION SELECT r.project_id FROM route r WHERE EXISTS (SELECT FROM moved m WHERE 'edge' = ANY(m.roles))) AS "projectIds"`;

export class PostgresProjectChanges extends ProjectChanges {
  constructor(private readonly work: UnitOfWork) {
    super();
  }

  async since(cursor: string | null): Promise<{ cursor: string; projectIds: string[] }> {
    return this.work.platformRead(async (tx) => {
      const { sql } = tx as PostgresTransaction;
      const row =
        cursor === null
          ? await sql.first<{ cursor: string }>(
              'project-changes-now',
              `SELECT (pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1)::text AS cursor`,
            )
          : await sql.first<{ cursor: string; projectIds: string[] }>('project-changes-since', text, [cursor]);
      return { cursor: cursor ?? '0', projectIds: [], ...row };
    });
  }
}
