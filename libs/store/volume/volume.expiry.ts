import type { Sql } from '../connection/sql.js';

/** Nothing that lives mounts `v`. */
const unmounted = `NOT EXISTS (SELECT FROM volume_mount m JOIN container c ON c.id = m.container_id
                                WHERE m.volume_id = v.id AND c.removed_at IS NULL)`;
const orphaned = `NOT EXISTS (SELECT FROM service s WHERE s.id = v.service_id AND s.destroyed_at IS NULL)`;

const removing = (condition: string) => `
  WITH gone AS (DELETE FROM volume v WHERE v.owner = 'instance' AND ${unmounted} AND ${condition}
                RETURNING v.id, v.organization_id, v.project_id, v.node_id, v.engine_name, v.driver),
       told AS (INSERT INTO volume_removal (volume_id, organization_id, project_id, node_id, engine_name)
                SELECT id, organization_id, project_id, node_id, engine_name FROM gone WHERE node_id IS NOT NULL AND driver = 'local'
                ON CONFLICT DO NOTHING)
  SELECT id, node_id FROM gone`;

/**
 * While a deployment is open nothing goes: it may be rolled back to what used the volumes before. An instance is gone
 * for good only when the service runs complete without it.
 */
export async function expireVolumes(sql: Sql, serviceId: string): Promise<{ id: string; nodeId: string }[]> {
  const rows = await sql.query<{ id: string; node_id: string | null }>(
    'volume-expire',
    removing(`v.service_id = $1 AND (${orphaned} OR EXISTS (
      SELECT FROM service s
       WHERE s.id = v.service_id AND NOT EXISTS (SELECT FROM deployment d WHERE d.service_id = s.id AND d.ended_at IS NULL)
         AND (v.retired_at IS NOT NULL
              OR v.epoch <> (SELECT r.volume_epoch FROM revision r WHERE r.service_id = s.id AND r.number = s.revision)
              OR (s.state = 'running' AND v.instance ~ '^[0-9]+$'
                  AND (SELECT count(*) FROM container c WHERE c.service_id = s.id AND c.desired <> 'removed' AND c.removed_at IS NULL) >= s.replicas
                  AND NOT EXISTS (SELECT FROM container c WHERE c.service_id = s.id AND c.desired <> 'removed' AND c.removed_at IS NULL
                                     AND c.ordinal::text = v.instance)))))`),
    [serviceId],
  );
  return rows.flatMap(({ id, node_id: nodeId }) => (nodeId === null ? [] : [{ id, nodeId }]));
}

export async function sweepVolumes(sql: Sql): Promise<number> {
  const gone = await sql.query('volume-sweep', removing(orphaned), []);
  return (
    gone.length +
    (await sql.count(
      'volume-sweep-removals',
      `DELETE FROM volume_removal r USING node n WHERE n.id = r.node_id AND n.removed_at IS NOT NULL`,
    ))
  );
}
