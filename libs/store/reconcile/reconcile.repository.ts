import type { NodeSign } from '#libs/control/recover/node.decide.js';
import type { ReconcileKey } from '#libs/core/outbox/outbox.port.js';
import type { EdgeVersion, ReconcileRepository } from '#libs/core/reconcile/reconcile.repository.port.js';
import type { NodeState } from '#libs/domain/node/state.js';
import type { Sql } from '../connection/sql.js';
import { sweepLeases } from '../network/network.release.js';
import { edgeVersions } from './routing.query.js';

const living = `c.removed_at IS NULL AND c.state NOT IN ('exited', 'failed', 'removed', 'lost')`;
const keyOf = `CASE WHEN c.service_id IS NULL THEN 'container:' || c.id ELSE 'service:' || c.service_id END`;

export class PostgresReconcileRepository implements ReconcileRepository {
  constructor(private readonly sql: Sql) {}

  async nodesOfServices(serviceIds: string[]): Promise<Map<string, { serviceName: string; nodeIds: string[] }>> {
    const rows = await this.sql.query<{ id: string; name: string; node_ids: string[] | null }>(
      'reconcile-nodes-of-services',
      `SELECT s.id, s.name, (SELECT array_agg(DISTINCT c.node_id) FROM container c
                              WHERE c.service_id = s.id AND c.desired <> 'removed' AND c.node_id IS NOT NULL AND ${living}) AS node_ids
         FROM service s WHERE s.id = ANY($1::uuid[])`,
      [serviceIds],
    );
    return new Map(rows.map((row) => [row.id, { serviceName: row.name, nodeIds: row.node_ids ?? [] }]));
  }

  async overcommitted(nodeIds: string[]): Promise<string[]> {
    const rows = await this.sql.query<{ id: string }>(
      'reconcile-overcommitted',
      `SELECT n.id FROM node n, LATERAL (
          SELECT sum(c.memory_bytes) AS memory_bytes, sum(c.milli_cpu) AS milli_cpu, count(*) AS containers FROM container c
           WHERE c.node_id = n.id AND c.removed_at IS NULL
             AND (c.state NOT IN ('exited', 'failed', 'removed', 'lost') OR (c.state = 'lost' AND n.state <> 'lost'))) used
        WHERE n.id = ANY($1::uuid[])
          AND (used.memory_bytes > n.memory_bytes OR used.milli_cpu > n.milli_cpu
               OR (n.max_containers > 0 AND used.containers > n.max_containers))`,
      [nodeIds],
    );
    return rows.map((row) => row.id);
  }

  edgeVersions(organizationId: string, projectId: string): Promise<EdgeVersion[]> {
    return edgeVersions(this.sql, organizationId, projectId);
  }

  async keysOnNode(nodeId: string): Promise<ReconcileKey[]> {
    return this.keys(
      'reconcile-keys-on-node',
      `SELECT DISTINCT ${keyOf} AS key FROM container c WHERE c.node_id = $1 AND c.removed_at IS NULL`,
      [nodeId],
    );
  }

  keptOnNode(nodeId: string): Promise<{ id: string; serviceId: string | null }[]> {
    return this.sql.query(
      'reconcile-kept-on-node',
      `SELECT c.id, c.service_id AS "serviceId" FROM container c
        WHERE c.node_id = $1 AND c.removed_at IS NULL AND c.desired <> 'removed' ORDER BY c.id`,
      [nodeId],
    );
  }

  keysWaitingForNodes(organizationId: string | null): Promise<ReconcileKey[]> {
    return this.keys(
      'reconcile-keys-waiting',
      `SELECT 'service:' || s.id AS key FROM service s
        WHERE s.intent = 'running' AND s.destroyed_at IS NULL AND ($1::uuid IS NULL OR s.organization_id = $1)
          AND (s.spec #>> '{placement,strategy}' = 'every-node' OR s.state <> 'running' OR NOT s.synchronized)
       UNION ALL
       SELECT 'container:' || c.id FROM container c
        WHERE c.service_id IS NULL AND c.node_id IS NULL AND c.removed_at IS NULL AND ($1::uuid IS NULL OR c.organization_id = $1)`,
      [organizationId],
    );
  }

  dueKeys(now: Date): Promise<ReconcileKey[]> {
    return this.keys(
      'reconcile-keys-due',
      `SELECT 'service:' || id AS key FROM service WHERE look_again_at <= $1
       UNION ALL SELECT 'certificate:' || id FROM certificate WHERE look_again_at <= $1`,
      [now],
    );
  }

  unsettledKeys(): Promise<ReconcileKey[]> {
    return this.keys(
      'reconcile-keys-unsettled',
      `SELECT 'service:' || service_id AS key FROM deployment WHERE ended_at IS NULL
       UNION SELECT 'action:' || id FROM action WHERE ended_at IS NULL
       UNION SELECT 'node-cluster:' || id FROM node_cluster WHERE removed_at IS NULL AND (terminating OR action_id IS NOT NULL)
       UNION SELECT 'stack:' || id FROM stack WHERE destroyed_at IS NULL AND state IN ('starting', 'stopping', 'redeploying', 'terminating')
       UNION SELECT 'file-share:' || id FROM file_share WHERE removed OR state = 'creating'
       UNION SELECT 'container:' || id FROM container WHERE service_id IS NULL AND removed_at IS NULL AND (node_id IS NULL OR desired = 'removed')`,
      [],
    );
  }

  async allKeys(after: string | null, limit: number): Promise<{ keys: ReconcileKey[]; next: string | null }> {
    const rows = await this.sql.query<{ id: string; key: ReconcileKey }>(
      'reconcile-keys-all',
      `SELECT id, key FROM (
         SELECT id, 'service:' || id AS key FROM service WHERE destroyed_at IS NULL
         UNION ALL SELECT id, 'stack:' || id FROM stack WHERE destroyed_at IS NULL
         UNION ALL SELECT id, 'file-share:' || id FROM file_share
         UNION ALL SELECT id, 'certificate:' || id FROM certificate WHERE source = 'acme' AND chain_pem IS NULL
         UNION ALL SELECT id, 'container:' || id FROM container WHERE service_id IS NULL AND removed_at IS NULL) every
        WHERE $1::uuid IS NULL OR id > $1 ORDER BY id LIMIT $2`,
      [after, limit],
    );
    const last = rows.at(-1);
    return { keys: rows.map((row) => row.key), next: rows.length === limit && last ? last.id : null };
  }

  async nodeSigns(): Promise<NodeSign[]> {
    return this.sql.query<NodeSign & Record<string, unknown>>(
      'reconcile-node-signs',
      `SELECT id, name, state, last_seen_at AS "lastSeenAt" FROM node WHERE removed_at IS NULL ORDER BY id`,
    );
  }

  async moveNode(nodeId: string, from: NodeState, to: NodeState, message: string, silentSince: Date): Promise<boolean> {
    const moved = await this.sql.count(
      'reconcile-move-node',
      `UPDATE node SET state = $3, state_message = $4, row_version = row_version + 1
        WHERE id = $1 AND state = $2 AND removed_at IS NULL AND ($3 = 'ready' OR date_trunc('milliseconds', last_seen_at) <= $5)`,
      [nodeId, from, to, message, silentSince],
    );
    return moved > 0;
  }

  async loseContainers(nodeId: string): Promise<void> {
    await this.sql.query(
      'reconcile-lose-containers',
      `UPDATE container c SET state = 'lost', message = 'Its node was lost.', row_version = c.row_version + 1
        WHERE c.node_id = $1 AND ${living}`,
      [nodeId],
    );
  }

  async claimOutbox(limit: number): Promise<ReconcileKey[]> {
    const rows = await this.sql.query<{ key: ReconcileKey }>(
      'reconcile-claim-outbox',
      `DELETE FROM outbox WHERE id IN (SELECT id FROM outbox ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED) RETURNING key`,
      [limit],
    );
    return [...new Set(rows.map((row) => row.key))];
  }

  async prune(before: Date): Promise<number> {
    let pruned = await sweepLeases(this.sql);
    pruned += await this.sql.count('prune-container', `DELETE FROM container WHERE removed_at < $1`, [before]);
    pruned += await this.sql.count('prune-service', `DELETE FROM service WHERE destroyed_at < $1`, [before]);
    pruned += await this.sql.count(
      'prune-stack',
      `DELETE FROM stack k WHERE destroyed_at < $1 AND NOT EXISTS (SELECT 1 FROM service s WHERE s.stack_id = k.id)`,
      [before],
    );
    return pruned;
  }

  private async keys(name: string, text: string, values: unknown[]): Promise<ReconcileKey[]> {
    return (await this.sql.query<{ key: ReconcileKey }>(name, text, values)).map((row) => row.key);
  }
}
