import type { EdgeVersion } from '#libs/core/reconcile/reconcile.repository.port.js';
import type { Sql } from '../connection/sql.js';

/**
 * How long the routes that lead to service `s` let requests under way take, in milliseconds; null without a route that
 * is in force. Part of the statement that holds the service's row: services without routes cost no round trip more.
 */
export const routeDrainMs = `(SELECT max(r.drain_ms) FROM route_target t JOIN route r ON r.id = t.route_id
   WHERE t.service_id = s.id AND (r.owned OR r.kind = 'tcp'))`;

/**
 * An edge lives until it is taken for lost. Its balancer goes on while its agent restarts or its gateway is replaced,
 * so a missing session is no sign that it sends requests no more; one that is silent for good holds up no rollout.
 */
export const edgeVersions = (sql: Sql, organizationId: string, projectId: string): Promise<EdgeVersion[]> =>
  sql.query<EdgeVersion>(
    'reconcile-edge-versions',
    `SELECT n.id AS "nodeId", coalesce(e.version, 0)::bigint AS version
       FROM node n LEFT JOIN edge_state e ON e.node_id = n.id AND e.project_id = $2
      WHERE 'edge' = ANY(n.roles) AND n.state IN ('ready', 'suspect', 'unreachable')
        AND n.removed_at IS NULL AND n.revoked_at IS NULL AND (n.organization_id IS NULL OR n.organization_id = $1)`,
    [organizationId, projectId],
  );
