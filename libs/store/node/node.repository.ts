import type { NodeView } from '#libs/control/snapshot.js';
import type {
  HostOffer,
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
import { automaticTags, givenTags } from './node.tags.js';
import {
  claimHosts,
  hostOffers,
  insertCluster,
  lockCluster,
  readClusters,
  regionOf,
  typeOf,
  updateCluster,
  type ClusterDetails,
  type ClusterFilter,
} from './node-clusters.js';
import { lives, nodeColumns, toNode, toNodeDetails, type NodeDetailsRow, type NodeRow } from './node.row.js';

const stale = () =>
  new DomainError('stale', 'The node was changed by somebody else meanwhile; read it again and repeat.');

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
      .always(lives('n', filter.includeRemoved))
      .add('n.id = ANY(?::uuid[])', filter.ids)
      .add(`n.id::text LIKE ? || '%'`, filter.idPrefix)
      .add('n.name = ?', filter.name)
      .add('n.node_cluster_id = ?', filter.clusterId)
      .add('n.state = ANY(?::text[])', filter.states)
      .add('n.claimable = ?', filter.claimable)
      .add(`${regionOf} = ?`, filter.region)
      .add(`${typeOf} = ?`, filter.nodeType)
      .add('n.engine_version = ?', filter.engineVersion);
    const page = `LIMIT ${where.value(filter.limit)} OFFSET ${where.value(filter.offset)}`;
    const rows = await this.sql.vary<NodeDetailsRow>(
      `SELECT ${nodeColumns}, cl.name AS cluster_name, cl.tags AS cluster_tags, count(*) OVER () AS total,
              (SELECT count(*) FROM container c WHERE c.node_id = n.id AND c.removed_at IS NULL) AS containers,
              coalesce((SELECT json_agg(json_build_object('nodeId', o.id, 'nodeName', o.name, 'reachable', p.reachable,
                                 'roundTripMs', p.round_trip_ms, 'at', p.at) ORDER BY o.name, o.id)
                          FROM network_probe p JOIN node o ON o.id = p.peer_id AND o.removed_at IS NULL
                         WHERE p.node_id = n.id), '[]') AS probes
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
              node_cluster_id = $9, revoked_at = $10, removed_at = $11, organization_id = $12, claimable = $13,
              releasing_since = $14, row_version = row_version + 1
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
        node.organizationId,
        node.claimable,
        node.releasingSince,
      ],
    );
    if (!row) throw stale();
    return row.row_version;
  }

  states(organizationId: string): Promise<NodeView[]> {
    return nodeStates(this.sql, organizationId);
  }

  candidates(organizationId: string, serviceId: string | null): Promise<NodeView[]> {
    return nodeCandidates(this.sql, organizationId, serviceId);
  }

  clusters(filter: ClusterFilter): Promise<{ rows: ClusterDetails[]; total: number }> {
    return readClusters(this.sql, filter);
  }

  lockCluster(id: string): Promise<ClusterDetails | null> {
    return lockCluster(this.sql, id);
  }

  insertCluster(cluster: NodeClusterRecord): Promise<void> {
    return insertCluster(this.sql, cluster);
  }

  updateCluster(cluster: NodeClusterRecord): Promise<number> {
    return updateCluster(this.sql, cluster);
  }

  offers(): Promise<HostOffer[]> {
    return hostOffers(this.sql);
  }

  claim(cluster: NodeClusterRecord, count: number): Promise<string[]> {
    return claimHosts(this.sql, cluster, count);
  }

  tags(): Promise<NodeTag[]> {
    return this.sql.query<NodeTag>(
      'node-tags',
      `SELECT t.name, t.origin FROM node n LEFT JOIN node_cluster cl ON cl.id = n.node_cluster_id,
              LATERAL (SELECT unnest(${givenTags}) AS name, 'user' AS origin
                       UNION SELECT unnest(${automaticTags}), 'automatic') AS t
        WHERE n.removed_at IS NULL GROUP BY 1, 2 ORDER BY 1, 2`,
    );
  }
}
