import type { NodeShareReport, NodeShareView } from '#libs/core/volume/storage-directory.port.js';
import type { Transaction } from '#libs/core/unit-of-work/unit-of-work.port.js';
import type { Sql } from '../connection/sql.js';

interface ShareRow {
  node_id: string;
  share_id: string;
  size_bytes: number;
  removed: boolean;
  made: boolean;
  clients: string[];
  folders: NodeShareView['folders'];
}

/** By node: the shares that these nodes keep, with who may mount them now and the volumes on them. */
export async function sharesOfNodes(sql: Sql, nodeIds: string[]): Promise<Map<string, NodeShareView[]>> {
  const rows = await sql.query<ShareRow>(
    'storage-shares-of-nodes',
    `SELECT f.node_id, f.id AS share_id, f.size_bytes, f.removed, f.made_at IS NOT NULL AS made,
            ARRAY(SELECT DISTINCT coalesce(nullif(n.underlay_address, ''), n.address) AS address
                    FROM volume v JOIN volume_mount m ON m.volume_id = v.id
                    JOIN container c ON c.id = m.container_id AND c.removed_at IS NULL
                    JOIN node n ON n.id = c.node_id AND n.removed_at IS NULL AND n.revoked_at IS NULL
                   WHERE v.share_id = f.id AND coalesce(nullif(n.underlay_address, ''), n.address) IS NOT NULL ORDER BY 1) AS clients,
            (SELECT coalesce(jsonb_agg(jsonb_build_object('volumeId', x.id, 'removed', x.removed) ORDER BY x.id), '[]')
               FROM (SELECT v.id, false AS removed FROM volume v WHERE v.share_id = f.id
                     UNION ALL SELECT r.volume_id, true FROM volume_removal r WHERE r.share_id = f.id) x) AS folders
       FROM file_share f WHERE f.node_id = ANY($1::uuid[]) ORDER BY f.created_at, f.id`,
    [nodeIds],
  );
  const byNode = new Map<string, NodeShareView[]>();
  for (const row of rows) {
    const { share_id: shareId, size_bytes: sizeBytes, removed, made, clients, folders } = row;
    const list = byNode.get(row.node_id) ?? [];
    byNode.set(row.node_id, list);
    list.push({ shareId, sizeBytes, removed, made, clients, folders });
  }
  return byNode;
}

/** Stores what a node says of the shares that are its own; a changed state wakes the share’s reconciler. */
export async function storeShareReports(
  tx: Transaction,
  sql: Sql,
  nodeId: string,
  shares: readonly NodeShareReport[],
): Promise<void> {
  if (!shares.length) return;
  const rows = await sql.query<{ id: string; moved: boolean }>(
    'storage-share-reports',
    `UPDATE file_share f SET observed = r.state, observed_message = r.message, used_bytes = coalesce(r.used_bytes, f.used_bytes),
            total_bytes = coalesce(r.total_bytes, f.total_bytes), used_at = CASE WHEN r.used_bytes IS NULL THEN f.used_at ELSE now() END
       FROM jsonb_to_recordset($2::jsonb) AS r (id uuid, state text, message text, used_bytes bigint, total_bytes bigint),
            (SELECT id, observed, observed_message FROM file_share WHERE node_id = $1 FOR UPDATE) before
      WHERE f.id = r.id AND f.id = before.id
      RETURNING f.id, (before.observed, before.observed_message) IS DISTINCT FROM (f.observed, f.observed_message) AS moved`,
    [
      nodeId,
      JSON.stringify(
        shares.map(({ shareId, state, message, usedBytes, totalBytes }) => ({
          ...{ id: shareId, state, message, used_bytes: usedBytes, total_bytes: totalBytes },
        })),
      ),
    ],
  );
  await tx.outbox.add(rows.filter(({ moved }) => moved).map(({ id }) => `file-share:${id}` as const));
}

/**
 * Nodes whose shares changed by what happened to others: a container that mounts a volume on one came or went, so that
 * another node may mount it or may no more; or such a volume came. `$1` is the cursor, `$2` behind every row of it.
 */
export const shareChanges = `
  SELECT f.node_id::text FROM event e JOIN volume_mount m ON m.container_id = e.resource_id JOIN volume v ON v.id = m.volume_id
    JOIN file_share f ON f.id = v.share_id
   WHERE (e.transaction_id, e.id) > ($1::bigint, $2) AND e.type = 'container'
     AND e.transaction_id < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
  UNION
  SELECT x.node_id::text FROM event e JOIN volume v ON v.id = e.resource_id AND v.share_id IS NOT NULL
    CROSS JOIN LATERAL (SELECT f.node_id FROM file_share f WHERE f.id = v.share_id
                        UNION SELECT c.node_id FROM volume_mount m JOIN container c ON c.id = m.container_id AND c.removed_at IS NULL
                               WHERE m.volume_id = v.id) x
   WHERE (e.transaction_id, e.id) > ($1::bigint, $2) AND e.type = 'volume'
     AND e.transaction_id < pg_snapshot_xmin(pg_current_snapshot())::text::bigint`;
