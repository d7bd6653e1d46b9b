import type { NodeView } from '#libs/control/snapshot.js';
import type { Sql } from '../connection/sql.js';
import { automaticTags, givenTags } from './node.tags.js';

/**
 * A container that holds its node's capacity: it lives, its agent will start it again, or its node has come back and
 * has not said yet that it has stopped it.
 */
const holds = `c.removed_at IS NULL
  AND (c.state NOT IN ('exited', 'failed', 'removed', 'lost') OR (c.state = 'exited' AND c.desired = 'running')
       OR (c.state = 'lost' AND n.state <> 'lost'))`;

const behind = `n.overlay AND n.network_behind_since IS NOT NULL`;

/**
 * Everything the scheduler asks about the nodes an organization may use, in one statement. What is used is counted over
 * all tenants, so this runs on the platform role, and node by node: the removed containers of a day, which are many
 * more, are then never read.
 */
const text = `
  WITH candidate AS (
    SELECT n.*, ${givenTags} || ${automaticTags} AS all_tags
      FROM node n LEFT JOIN node_cluster cl ON cl.id = n.node_cluster_id
     WHERE ((n.organization_id IS NULL AND NOT n.claimable) OR n.organization_id = $1) AND n.removed_at IS NULL AND n.revoked_at IS NULL),
  used AS (
    SELECT n.id AS node_id, h.*
      FROM candidate n, LATERAL (
        SELECT sum(c.milli_cpu) AS milli_cpu, sum(c.memory_bytes) AS memory_bytes, count(*) AS containers,
               count(*) FILTER (WHERE c.service_id = $2) AS of_service
          FROM container c WHERE c.node_id = n.id AND ${holds}) h),
  failed AS (
    SELECT c.node_id, count(*) AS failures
      FROM (SELECT f.node_id, f.state, f.exit_code, f.finished_at FROM container f WHERE f.service_id = $2 AND f.removed_at IS NULL
             UNION ALL
            SELECT f.node_id, f.state, f.exit_code, f.finished_at FROM container f
             WHERE f.service_id = $2 AND f.removed_at IS NOT NULL AND f.failed_at > now() - interval '5 minutes') c
     WHERE c.finished_at > now() - interval '5 minutes' AND (c.state = 'failed' OR c.exit_code <> 0) AND c.node_id IS NOT NULL
     GROUP BY c.node_id),
  port AS (
    SELECT p.node_id, jsonb_agg(jsonb_build_object('hostPort', p.host_port, 'protocol', p.protocol)) AS ports
      FROM host_port p WHERE p.node_id IN (SELECT id FROM candidate) GROUP BY p.node_id)
  SELECT n.id, n.name, n.state, n.schedulable, n.draining,
         n.all_tags AS tags,
         n.milli_cpu AS "milliCpu", n.memory_bytes AS "memoryBytes", n.max_containers AS "maxContainers",
         coalesce(u.milli_cpu, 0)::bigint AS "usedMilliCpu", coalesce(u.memory_bytes, 0)::bigint AS "usedMemoryBytes",
         coalesce(u.containers, 0) AS "usedContainers", coalesce(p.ports, '[]') AS "usedHostPorts",
         coalesce(u.of_service, 0) AS "serviceContainers", coalesce(f.failures, 0) AS "recentFailures",
         ${behind} AS "networkBehind", n.nfs_client AS "nfsClient", n.machine
    FROM candidate n
    LEFT JOIN used u ON u.node_id = n.id
    LEFT JOIN failed f ON f.node_id = n.id
    LEFT JOIN port p ON p.node_id = n.id
   ORDER BY n.name, n.id`;

const statesText = `
  SELECT n.id, n.name, n.state, n.schedulable, n.draining,
         ${givenTags} || ${automaticTags} AS tags,
         n.milli_cpu AS "milliCpu", n.memory_bytes AS "memoryBytes", n.max_containers AS "maxContainers",
         0 AS "usedMilliCpu", 0 AS "usedMemoryBytes", 0 AS "usedContainers", '[]'::jsonb AS "usedHostPorts",
         0 AS "serviceContainers", 0 AS "recentFailures", ${behind} AS "networkBehind",
         n.nfs_client AS "nfsClient", n.machine
    FROM node n LEFT JOIN node_cluster cl ON cl.id = n.node_cluster_id
   WHERE ((n.organization_id IS NULL AND NOT n.claimable) OR n.organization_id = $1) AND n.removed_at IS NULL AND n.revoked_at IS NULL
   ORDER BY n.name, n.id`;

export const nodeStates = (sql: Sql, organizationId: string): Promise<NodeView[]> =>
  sql.query<NodeView>('node-states', statesText, [organizationId]);

export const nodeCandidates = (sql: Sql, organizationId: string, serviceId: string | null): Promise<NodeView[]> =>
  sql.query<NodeView>('node-candidates', text, [organizationId, serviceId]);
