import type {
  BalancedRecord,
  DueRebalance,
  RebalanceRepository,
  RebalanceScope,
} from '#libs/core/rebalance/rebalance.repository.port.js';
import type { Sql } from '../connection/sql.js';

const containersOf = (condition: string): string => `
  SELECT c.id, c.name, c.node_id AS "nodeId", c.ordinal, c.state, c.health, c.held, c.move_to AS "moveTo",
         s.id AS "serviceId", s.name AS "serviceName", s.stack_id AS "stackId", s.intent, r.spec,
         EXISTS (SELECT 1 FROM deployment d WHERE d.service_id = s.id AND d.ended_at IS NULL) AS deploying,
         count(*) OVER (PARTITION BY c.service_id, c.ordinal)::integer AS "inSlot",
         EXISTS (SELECT 1 FROM service o WHERE o.project_id = s.project_id AND o.destroyed_at IS NULL
                   AND o.spec -> 'volumesFrom' ? s.id::text) AS "lendsVolumes"
    FROM container c
    JOIN service s ON s.id = c.service_id AND s.destroyed_at IS NULL
    JOIN revision r ON r.service_id = c.service_id AND r.number = c.revision
   WHERE ${condition} AND c.removed_at IS NULL AND c.node_id IS NOT NULL
     AND c.state NOT IN ('exited', 'failed', 'removed', 'lost')
   ORDER BY c.name, c.id`;

const tables = { project: 'project', 'node-cluster': 'node_cluster' } as const;
const minute = `interval '1 minute'`;

export class PostgresRebalanceRepository implements RebalanceRepository {
  constructor(private readonly sql: Sql) {}

  containers({ kind, id }: RebalanceScope): Promise<BalancedRecord[]> {
    return kind === 'project'
      ? this.sql.query('rebalance-containers-project', containersOf('c.project_id = $1'), [id])
      : this.sql.query(
          'rebalance-containers-cluster',
          containersOf('c.node_id IN (SELECT n.id FROM node n WHERE n.node_cluster_id = $1)'),
          [id],
        );
  }

  move(moves: readonly { containerId: string; toNodeId: string }[]): Promise<{ id: string; generation: number }[]> {
    if (moves.length === 0) return Promise.resolve([]);
    return this.sql.query<{ id: string; generation: number }>(
      'rebalance-move',
      `UPDATE container c SET move_to = r.node_id, row_version = c.row_version + 1
         FROM jsonb_to_recordset($1::jsonb) AS r (id uuid, node_id uuid)
        WHERE c.id = r.id AND c.desired = 'running' AND c.state = 'running' AND c.removed_at IS NULL AND c.move_to IS NULL
        RETURNING c.id, c.generation`,
      [JSON.stringify(moves.map(({ containerId, toNodeId }) => ({ id: containerId, node_id: toNodeId })))],
    );
  }

  async movesPerMinute({ kind, id }: RebalanceScope): Promise<number | null> {
    const row = await this.sql.first<{ moves: number }>(
      `rebalance-setting-${kind}`,
      `SELECT rebalance_moves_per_minute AS moves FROM ${tables[kind]} WHERE id = $1`,
      [id],
    );
    return row?.moves ?? null;
  }

  async setMovesPerMinute({ kind, id }: RebalanceScope, moves: number): Promise<void> {
    await this.sql.query(
      `rebalance-set-${kind}`,
      `UPDATE ${tables[kind]} SET rebalance_moves_per_minute = $2, row_version = row_version + 1 WHERE id = $1`,
      [id, moves],
    );
  }

  async claimDue(now: Date, limit: number): Promise<DueRebalance[]> {
    const projects = await this.claim('project', 'true', now, limit);
    return [...projects, ...(await this.claim('node-cluster', 'removed_at IS NULL', now, limit))];
  }

  private async claim(
    kind: RebalanceScope['kind'],
    condition: string,
    now: Date,
    limit: number,
  ): Promise<DueRebalance[]> {
    const rows = await this.sql.query<{ id: string; organization_id: string | null; moves: number }>(
      `rebalance-due-${kind}`,
      `UPDATE ${tables[kind]} SET rebalanced_at = $1
        WHERE id IN (SELECT id FROM ${tables[kind]} WHERE rebalance_moves_per_minute > 0 AND ${condition}
                        AND (rebalanced_at IS NULL OR rebalanced_at <= $1::timestamptz - ${minute})
                      ORDER BY rebalanced_at NULLS FIRST LIMIT $2 FOR UPDATE SKIP LOCKED)
        RETURNING id, organization_id, rebalance_moves_per_minute AS moves`,
      [now, limit],
    );
    return rows.map((row) => ({
      scope: { kind, id: row.id },
      organizationId: row.organization_id,
      movesPerMinute: row.moves,
    }));
  }
}
