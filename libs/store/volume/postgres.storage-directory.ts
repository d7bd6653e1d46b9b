import {
  StorageDirectory,
  type NodeStorage,
  type NodeStorageReport,
  type NodeVolumeView,
} from '#libs/core/volume/storage-directory.port.js';
import type { UnitOfWork } from '#libs/core/unit-of-work/unit-of-work.port.js';
import { DomainError } from '#libs/domain/error.js';
import { engineVolumeName } from '#libs/domain/volume/engine-name.js';
import type { PostgresTransaction } from '../connection/postgres.transaction.js';
import { shareChanges, sharesOfNodes, storeShareReports } from '../file-share/share-storage.query.js';
import { storeFoundVolumes } from './found-volume.store.js';

interface StorageRow {
  node_id: string;
  volume_id: string;
  project_id: string;
  organization_id: string;
  engine_name: string | null;
  removed: boolean;
  fence: number;
}

/** Behind every row of a transaction. */
const lastRow = Number.MAX_SAFE_INTEGER;
const now = `(pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1)::text AS cursor`;

export class PostgresStorageDirectory extends StorageDirectory {
  constructor(private readonly work: UnitOfWork) {
    super();
  }

  async changesSince(cursor: string | null): Promise<{ cursor: string; nodeIds: string[] }> {
    return this.work.platformRead(async (tx) => {
      const { sql } = tx as PostgresTransaction;
      const row =
        cursor === null
          ? await sql.first<{ cursor: string }>('storage-changes-now', `SELECT ${now}`)
          : await sql.first<{ cursor: string; nodeIds: string[] }>(
              'storage-changes-since',
              `SELECT ${now}, ARRAY(SELECT parent ->> 'id' FROM event e CROSS JOIN LATERAL jsonb_array_elements(e.parents) AS p (parent)
                 WHERE (e.transaction_id, e.id) > ($1::bigint, $2) AND e.type IN ('volume', 'file-share') AND parent ->> 'type' = 'node'
                   AND e.transaction_id < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
                UNION ${shareChanges}) AS "nodeIds"`,
              [cursor, lastRow],
            );
      return { cursor: '0', nodeIds: [], ...row };
    });
  }

  async storageOf(nodeIds: string[]): Promise<NodeStorage[]> {
    if (!nodeIds.length) return [];
    const { rows, shares } = await this.work.platformRead(async (tx) => {
      const { sql } = tx as PostgresTransaction;
      const rows = await sql.query<StorageRow>(
        'storage-of-nodes',
        `SELECT v.node_id, v.id AS volume_id, v.project_id, v.organization_id, v.engine_name, false AS removed,
                CASE WHEN v.access = 'single-writer' THEN v.fence ELSE 0 END AS fence
           FROM volume v WHERE v.node_id = ANY($1::uuid[]) AND v.driver = 'local'
         UNION ALL
         SELECT DISTINCT c.node_id, v.id, v.project_id, v.organization_id, v.engine_name, false, v.fence
           FROM volume v JOIN volume_mount m ON m.volume_id = v.id JOIN container c ON c.id = m.container_id AND c.removed_at IS NULL
          WHERE v.driver <> 'local' AND v.access = 'single-writer' AND c.node_id = ANY($1::uuid[])
         UNION ALL
         SELECT r.node_id, r.volume_id, r.project_id, r.organization_id, r.engine_name, true, 0
           FROM volume_removal r WHERE r.node_id = ANY($1::uuid[]) AND r.share_id IS NULL
         ORDER BY 1, 2`,
        [nodeIds],
      );
      return { rows, shares: await sharesOfNodes(sql, nodeIds) };
    });
    const byNode = new Map<string, NodeVolumeView[]>(nodeIds.map((id) => [id, []]));
    for (const row of rows) byNode.get(row.node_id)?.push(toView(row));
    return [...byNode].map(([nodeId, volumes]) => ({ nodeId, volumes, shares: shares.get(nodeId) ?? [] }));
  }

  async report(nodeId: string, epoch: number, { volumes, shares, found }: NodeStorageReport): Promise<void> {
    await this.work.platform(async (tx) => {
      const { sql } = tx as PostgresTransaction;
      const session = await sql.first<{ epoch: number }>(
        'storage-report-session',
        `SELECT session_epoch AS epoch FROM node WHERE id = $1 AND revoked_at IS NULL AND removed_at IS NULL`,
        [nodeId],
      );
      if (session?.epoch !== epoch) throw new DomainError('stale', 'This session was replaced by a newer one.');
      const gone = volumes.filter((volume) => volume.gone).map((volume) => volume.volumeId);
      if (gone.length) {
        await sql.query(
          'storage-gone',
          `DELETE FROM volume_removal WHERE node_id = $1 AND volume_id = ANY($2::uuid[])`,
          [nodeId, gone],
        );
      }
      const sizes = volumes.filter((volume) => !volume.gone);
      if (sizes.length) {
        await sql.query(
          'storage-sizes',
          `UPDATE volume v SET used_bytes = r.used_bytes, used_at = now()
             FROM jsonb_to_recordset($2::jsonb) AS r (id uuid, used_bytes bigint)
            WHERE v.id = r.id AND (v.node_id = $1 OR v.share_id IN (SELECT f.id FROM file_share f WHERE f.node_id = $1))`,
          [nodeId, JSON.stringify(sizes.map(({ volumeId, usedBytes }) => ({ id: volumeId, used_bytes: usedBytes })))],
        );
      }
      await storeShareReports(tx, sql, nodeId, shares);
      if (found.length) await storeFoundVolumes(tx, sql, nodeId, found);
    });
  }
}

const toView = (row: StorageRow): NodeVolumeView => ({
  volumeId: row.volume_id,
  projectId: row.project_id,
  organizationId: row.organization_id,
  name: row.engine_name ?? engineVolumeName(row.node_id, row.volume_id),
  removed: row.removed,
  fence: row.fence,
});
