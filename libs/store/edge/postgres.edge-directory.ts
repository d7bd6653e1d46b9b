import { EdgeDirectory, type EdgeAcknowledgement, type EdgeSnapshot } from '#libs/core/edge/edge-directory.port.js';
import type { ReconcileKey } from '#libs/core/outbox/outbox.port.js';
import type { UnitOfWork } from '#libs/core/unit-of-work/unit-of-work.port.js';
import type { PostgresTransaction } from '../connection/postgres.transaction.js';
import { readEdgeSnapshot } from './edge.view.js';

export class PostgresEdgeDirectory extends EdgeDirectory {
  constructor(private readonly work: UnitOfWork) {
    super();
  }

  async owners(nodeIds: string[]): Promise<Map<string, string | null>> {
    const rows = await this.work.platformRead((tx) =>
      (tx as PostgresTransaction).sql.query<{ id: string; organization_id: string | null }>(
        'edge-owners',
        `SELECT id, organization_id FROM node WHERE id = ANY($1::uuid[])`,
        [nodeIds],
      ),
    );
    return new Map(rows.map((row) => [row.id, row.organization_id]));
  }

  async served(): Promise<string[]> {
    const rows = await this.work.platformRead((tx) =>
      (tx as PostgresTransaction).sql.query<{ id: string }>(
        'edge-served',
        `SELECT project_id AS id FROM route WHERE owned
         UNION SELECT k.project_id FROM acme_challenge a JOIN certificate k ON k.id = a.certificate_id`,
      ),
    );
    return rows.map(({ id }) => id);
  }

  snapshot(projectIds: string[]): Promise<EdgeSnapshot> {
    return this.work.platformRead((tx) => readEdgeSnapshot((tx as PostgresTransaction).sql, projectIds));
  }

  async acknowledge(nodeId: string, epoch: number, acknowledgements: EdgeAcknowledgement[]): Promise<void> {
    if (!acknowledgements.length) return;
    await this.work.platform(async (tx) => {
      const { sql } = tx as PostgresTransaction;
      const told = JSON.stringify(
        acknowledgements.map(({ projectId, version, problems }) => ({ project_id: projectId, version, problems })),
      );
      const rows = await sql.query<{ project_id: string }>(
        'edge-acknowledge',
        `INSERT INTO edge_state AS s (node_id, project_id, organization_id, version, problems, at)
         SELECT n.id, p.id, p.organization_id, a.version, coalesce(a.problems, '[]'), now()
           FROM jsonb_to_recordset($3::jsonb) AS a (project_id uuid, version bigint, problems jsonb)
           JOIN project p ON p.id = a.project_id
           JOIN node n ON n.id = $1 AND n.session_epoch = $2 AND n.revoked_at IS NULL AND n.removed_at IS NULL
          ORDER BY p.id
         ON CONFLICT (node_id, project_id) DO UPDATE
           SET version = greatest(s.version, excluded.version), at = excluded.at,
               problems = (SELECT coalesce(a.problems, s.problems) FROM jsonb_to_recordset($3::jsonb)
                             AS a (project_id uuid, problems jsonb) WHERE a.project_id = s.project_id)
         RETURNING s.project_id`,
        [nodeId, epoch, told],
      );
      // Services whose containers wait for edges to follow.
      const waiting = await sql.query<{ key: ReconcileKey }>(
        'edge-waiting',
        `SELECT DISTINCT 'service:' || c.service_id AS key FROM container c
          WHERE c.project_id = ANY($1::uuid[]) AND c.service_id IS NOT NULL AND c.removed_at IS NULL
            AND c.pool IN ('joining', 'leaving')`,
        [rows.map((row) => row.project_id)],
      );
      await tx.outbox.add(waiting.map(({ key }) => key));
    });
  }
}
