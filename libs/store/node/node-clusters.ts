import type { ClusterNode, HostOffer, NodeClusterRecord } from '#libs/core/node/node.repository.port.js';
import { DomainError } from '#libs/domain/error.js';
import type { Sql } from '../connection/sql.js';
import { Where } from '../connection/where.js';
import { lives, toNodeCluster, type NodeClusterRow } from './node.row.js';

export type ClusterDetails = NodeClusterRecord & { nodes: ClusterNode[] };

export interface ClusterFilter {
  ids?: string[];
  idPrefix?: string;
  name?: string;
  claimable?: boolean;
  region?: string;
  nodeType?: string;
  includeRemoved?: boolean;
  limit: number;
  offset: number;
}

const columns = `cl.id, cl.organization_id, cl.name, cl.display_name, cl.tags, cl.region, cl.node_type, cl.target_nodes, cl.deployed_at,
  cl.terminating, cl.action_id, cl.created_at, cl.removed_at, cl.row_version`;
const nodes = `(SELECT coalesce(jsonb_agg(jsonb_build_object('id', n.id, 'state', n.state,
                 'releasing', n.releasing_since IS NOT NULL) ORDER BY n.created_at, n.id), '[]')
            FROM node n WHERE n.node_cluster_id = cl.id AND n.removed_at IS NULL) AS nodes`;

/** How hosts of the pool are told apart; one without the label is of the kind `default`. */
export const regionOf = `coalesce(n.labels ->> 'region', 'default')`;
export const typeOf = `coalesce(n.labels ->> 'type', 'default')`;

export async function readClusters(
  sql: Sql,
  filter: ClusterFilter,
): Promise<{ rows: ClusterDetails[]; total: number }> {
  const where = new Where()
    .always(lives('cl', filter.includeRemoved))
    .add('cl.id = ANY(?::uuid[])', filter.ids)
    .add(`cl.id::text LIKE ? || '%'`, filter.idPrefix)
    .add('cl.name = ?', filter.name)
    .add('(cl.target_nodes IS NOT NULL) = ?', filter.claimable)
    .add('cl.region = ?', filter.region)
    .add('cl.node_type = ?', filter.nodeType);
  const page = `LIMIT ${where.value(filter.limit)} OFFSET ${where.value(filter.offset)}`;
  const rows = await sql.vary<NodeClusterRow>(
    `SELECT ${columns}, count(*) OVER () AS total, ${nodes} FROM node_cluster cl ${where.text} ORDER BY cl.created_at, cl.id ${page}`,
    where.values,
  );
  return { rows: rows.map(toNodeCluster), total: rows[0]?.total ?? 0 };
}

export async function lockCluster(sql: Sql, id: string): Promise<ClusterDetails | null> {
  const row = await sql.first<NodeClusterRow>(
    'node-cluster-lock',
    `SELECT ${columns}, ${nodes} FROM node_cluster cl WHERE cl.id = $1 AND cl.removed_at IS NULL FOR UPDATE OF cl`,
    [id],
  );
  return row && toNodeCluster(row);
}

export async function insertCluster(sql: Sql, cluster: NodeClusterRecord): Promise<void> {
  await sql.query(
    'node-cluster-insert',
    `INSERT INTO node_cluster (id, organization_id, name, tags, region, node_type, target_nodes, created_at, display_name)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      cluster.id,
      cluster.organizationId,
      cluster.name,
      cluster.tags,
      cluster.pool?.region ?? null,
      cluster.pool?.nodeType ?? null,
      cluster.targetNodes,
      cluster.createdAt,
      cluster.displayName,
    ],
  );
}

export async function updateCluster(sql: Sql, cluster: NodeClusterRecord): Promise<number> {
  const row = await sql.first<{ row_version: number }>(
    'node-cluster-update',
    `UPDATE node_cluster SET name = $3, tags = $4, removed_at = $5, target_nodes = $6, deployed_at = $7, terminating = $8,
            action_id = $9, display_name = $10, row_version = row_version + 1
      WHERE id = $1 AND row_version = $2 RETURNING row_version`,
    [
      cluster.id,
      cluster.rowVersion,
      cluster.name,
      cluster.tags,
      cluster.removedAt,
      cluster.targetNodes,
      cluster.deployedAt,
      cluster.terminating,
      cluster.actionId,
      cluster.displayName,
    ],
  );
  if (row) return row.row_version;
  throw new DomainError('stale', 'The node cluster was changed by somebody else meanwhile; read it again and repeat.');
}

export const hostOffers = (sql: Sql): Promise<HostOffer[]> =>
  sql.query<HostOffer & Record<string, unknown>>(
    'node-offers',
    `SELECT ${regionOf} AS region, ${typeOf} AS "nodeType", n.labels ->> 'zone' AS zone,
            count(*) FILTER (WHERE n.organization_id IS NULL AND n.state = 'ready' AND n.schedulable) AS free
       FROM node n WHERE n.claimable AND n.removed_at IS NULL AND n.revoked_at IS NULL
      GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
  );

/**
 * Takes first the one of each zone that the cluster has fewest hosts in. Waits for others who are choosing: to step
 * over the rows that they hold would refuse what is free a moment later.
 */
export async function claimHosts(sql: Sql, cluster: NodeClusterRecord, count: number): Promise<string[]> {
  const rows = await sql.query<{ id: string }>(
    'node-claim',
    `WITH free AS (
       SELECT n.id, n.labels ->> 'zone' AS zone FROM node n
        WHERE n.claimable AND n.organization_id IS NULL AND n.state = 'ready' AND n.schedulable AND n.removed_at IS NULL
          AND n.revoked_at IS NULL AND ${regionOf} = $3 AND ${typeOf} = $4
        ORDER BY n.id FOR UPDATE),
     ranked AS (
       SELECT f.id, row_number() OVER (PARTITION BY f.zone ORDER BY f.id)
              + (SELECT count(*) FROM node m WHERE m.node_cluster_id = $1 AND m.labels ->> 'zone' IS NOT DISTINCT FROM f.zone
                    AND m.removed_at IS NULL) AS turn, f.zone
         FROM free f)
     UPDATE node n SET organization_id = $2, node_cluster_id = $1, row_version = n.row_version + 1
       FROM (SELECT id FROM ranked ORDER BY turn, zone, id LIMIT $5) chosen
      WHERE n.id = chosen.id RETURNING n.id`,
    [cluster.id, cluster.organizationId, cluster.pool?.region, cluster.pool?.nodeType, count],
  );
  return rows.map((row) => row.id);
}
