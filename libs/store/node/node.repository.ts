import type { NodeView } from '#libs/control/snapshot.js';
import type {
  NodeClusterRecord,
  NodeDetails,
  NodeFilter,
  NodeRecord,
  NodeRepository,
  NodeTag,
} from '#libs/core/node/node.repository.port.js';
import { DomainError } from '#libs/domain/error.js';
import type { Sql } from '../connection/sql.js';
import { Where } from '../connection/where.js';
import { nodeCandidates, nodeStates } from './node.candidates.js';
import {
  nodeColumns,
  toNode,
  toNodeCluster,
  toNodeDetails,
  type NodeClusterRow,
  type NodeDetailsRow,
  type NodeRow,
} from './node.row.js';

const stale = (what: string) =>
  new DomainError('stale', `The ${what} was changed by somebody else meanwhile; read it again and repeat.`);

export class PostgresNodeRepository implements NodeRepository {
  constructor(private readonly sql: Sql) {}

  async get(id: string): Promise<NodeDetails | null> {
    const { rows } = await this.details({ ids: [id], limit: 1, offset: 0 });
    return rows[0] ?? null;
  }

  async lock(id: string): Promise<NodeRecord | null> {
    const row = await this.sql.first<NodeRow>(
      'node-lock',
      `SELECT ${nodeColumns} FROM node n WHERE n.id = $1 AND n.removed_at IS NULL FOR UPDATE`,
      [id],
    );
    return row && toNode(row);
  }

  async details(filter: NodeFilter): Promise<{ rows: NodeDetails[]; total: number }> {
    const where = new Where()
      .always('n.removed_at IS NULL')
      .add('n.id = ANY(?::uuid[])', filter.ids)
      .add(`n.id::text LIKE ? || '%'`, filter.idPrefix)
      .add('n.name = ?', filter.name)
      .add('n.node_cluster_id = ?', filter.clusterId)
      .add('n.state = ANY(?::text[])', filter.states);
    const page = `LIMIT ${where.value(filter.limit)} OFFSET ${where.value(filter.offset)}`;
    const rows = await this.sql.vary<NodeDetailsRow>(
      `SELECT ${nodeColumns}, cl.name AS cluster_name, cl.tags AS cluster_tags, count(*) OVER () AS total,
              (SELECT count(*) FROM container c WHERE c.node_id = n.id AND c.removed_at IS NULL) AS containers
         FROM node n LEFT JOIN node_cluster cl ON cl.id = n.node_cluster_id
         ${where.text} ORDER BY n.created_at, n.id ${page}`,
      where.values,
    );
    return { rows: rows.map(toNodeDetails), total: rows[0]?.total ?? 0 };
  }

  async update(node: NodeRecord): Promise<number> {
    const row = await this.sql.first<{ row_version: number }>(
      'node-update',
      `UPDATE node SET name = $3, state = $4, state_message = $5, schedulable = $6, draining = $7, tags = $8,
              node_cluster_id = $9, revoked_at = $10, removed_at = $11, row_version = row_version + 1
        WHERE id = $1 AND row_version = $2 RETURNING row_version`,
      [
        node.id,
        node.rowVersion,
        node.name,
        node.state,
        node.stateMessage,
        node.schedulable,
        node.draining,
        node.tags,
        node.nodeClusterId,
        node.revokedAt,
        node.removedAt,
      ],
    );
    if (!row) throw stale('node');
    return row.row_version;
  }

  states(organizationId: string): Promise<NodeView[]> {
    return nodeStates(this.sql, organizationId);
  }

  candidates(organizationId: string, serviceId: string | null): Promise<NodeView[]> {
    return nodeCandidates(this.sql, organizationId, serviceId);
  }

  async clusters(filter: {
    ids?: string[];
    idPrefix?: string;
    name?: string;
    limit: number;
    offset: number;
  }): Promise<{ rows: (NodeClusterRecord & { nodeIds: string[] })[]; total: number }> {
    const where = new Where()
      .always('cl.removed_at IS NULL')
      .add('cl.id = ANY(?::uuid[])', filter.ids)
      .add(`cl.id::text LIKE ? || '%'`, filter.idPrefix)
      .add('cl.name = ?', filter.name);
    const page = `LIMIT ${where.value(filter.limit)} OFFSET ${where.value(filter.offset)}`;
    const rows = await this.sql.vary<NodeClusterRow>(
      `SELECT cl.id, cl.organization_id, cl.name, cl.tags, cl.created_at, cl.removed_at, cl.row_version,
              count(*) OVER () AS total,
              ARRAY(SELECT n.id FROM node n WHERE n.node_cluster_id = cl.id AND n.removed_at IS NULL
                     ORDER BY n.created_at, n.id) AS node_ids
         FROM node_cluster cl ${where.text} ORDER BY cl.created_at, cl.id ${page}`,
      where.values,
    );
    return { rows: rows.map(toNodeCluster), total: rows[0]?.total ?? 0 };
  }

  tags(): Promise<NodeTag[]> {
    return this.sql.query<NodeTag>(
      'node-tags',
      `SELECT t.name, 'user' AS origin FROM node n LEFT JOIN node_cluster cl ON cl.id = n.node_cluster_id,
              unnest(n.tags || coalesce(cl.tags, '{}')) AS t (name) WHERE n.removed_at IS NULL
       UNION
       SELECT cl.name, 'automatic' FROM node n JOIN node_cluster cl ON cl.id = n.node_cluster_id WHERE n.removed_at IS NULL
       ORDER BY 1, 2`,
    );
  }

  async insertCluster(cluster: NodeClusterRecord): Promise<void> {
    await this.sql.query(
      'node-cluster-insert',
      `INSERT INTO node_cluster (id, organization_id, name, tags, created_at) VALUES ($1, $2, $3, $4, $5)`,
      [cluster.id, cluster.organizationId, cluster.name, cluster.tags, cluster.createdAt],
    );
  }

  async updateCluster(cluster: NodeClusterRecord): Promise<number> {
    const row = await this.sql.first<{ row_version: number }>(
      'node-cluster-update',
      `UPDATE node_cluster SET name = $3, tags = $4, removed_at = $5, row_version = row_version + 1
        WHERE id = $1 AND row_version = $2 RETURNING row_version`,
      [cluster.id, cluster.rowVersion, cluster.name, cluster.tags, cluster.removedAt],
    );
    if (!row) throw stale('node cluster');
    return row.row_version;
  }
}
