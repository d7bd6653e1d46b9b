import type { StorageNodeView } from '#libs/control/storage/place-share.js';
import { DomainError } from '#libs/domain/error.js';
import { isId } from '#libs/domain/id.js';
import type {
  FileShareDetails,
  FileShareRecord,
  FileShareRepository,
  FileShareScene,
} from '#libs/core/file-share/file-share.repository.port.js';
import type { ReconcileKey } from '#libs/core/outbox/outbox.port.js';
import type { PageWish } from '#libs/core/tenancy/page.js';
import { isUniqueViolation, type Sql } from '../connection/sql.js';
import {
  fileShareColumns,
  toFileShare,
  toFileShareDetails,
  type FileShareDetailsRow,
  type FileShareRow,
  type FileShareSceneRow,
} from './file-share.row.js';

/** Of a share `f`: project $1 owns it or may use it. */
const visible = `(f.project_id = $1 OR EXISTS (SELECT FROM file_share_project p WHERE p.share_id = f.id AND p.project_id = $1))`;

/** What uses a share `f`, once per container. */
const usersOf = `FROM volume v JOIN volume_mount m ON m.volume_id = v.id JOIN container c ON c.id = m.container_id AND c.removed_at IS NULL
  WHERE v.share_id = f.id`;

const isStorageNode = `'storage' = ANY(n.roles) AND n.removed_at IS NULL AND n.revoked_at IS NULL
  AND ((n.organization_id IS NULL AND NOT n.claimable) OR n.organization_id = $1)`;

export class PostgresFileShareRepository implements FileShareRepository {
  constructor(private readonly sql: Sql) {}

  async insert(share: FileShareRecord): Promise<void> {
    try {
      await this.sql.query(
        'file-share-insert',
        `INSERT INTO file_share (id, organization_id, project_id, name, size_bytes, iops_per_gb, node_id, state, labels, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
        [
          ...[share.id, share.organizationId, share.projectId, share.name, share.sizeBytes, share.iopsPerGb],
          ...[share.nodeId, share.state, JSON.stringify(share.labels), share.createdAt],
        ],
      );
    } catch (error) {
      if (!isUniqueViolation(error, 'file_share_name_key')) throw error;
      const sentence = `The organization has a file share called "${share.name}" already.`;
      throw new DomainError('conflict', sentence, { field: 'name' });
    }
  }

  async details(
    projectId: string,
    { nameOrId, limit, offset }: PageWish & { nameOrId?: string },
  ): Promise<{ rows: FileShareDetails[]; total: number }> {
    const id = nameOrId !== undefined && isId(nameOrId) ? nameOrId : null;
    const rows = await this.sql.query<FileShareDetailsRow>(
      'file-share-details',
      `SELECT ${fileShareColumns}, n.name AS node_name, n.machine AS node_machine, count(*) OVER () AS total,
              (SELECT coalesce(jsonb_agg(jsonb_build_object('id', q.id, 'namespace', q.namespace) ORDER BY q.namespace), '[]')
                 FROM file_share_project p JOIN project q ON q.id = p.project_id WHERE p.share_id = f.id) AS shared_with,
              (SELECT coalesce(jsonb_agg(jsonb_build_object('id', v.id, 'name', v.name, 'projectId', v.project_id) ORDER BY v.name, v.id), '[]')
                 FROM volume v WHERE v.share_id = f.id AND (v.project_id = $1 OR f.project_id = $1)) AS volumes,
              (SELECT coalesce(jsonb_agg(jsonb_build_object('id', o.id, 'name', o.name, 'nfsClient', o.nfs_client, 'machine', o.machine) ORDER BY o.name, o.id), '[]')
                 FROM node o WHERE o.id IN (SELECT c.node_id ${usersOf})) AS mounts
         FROM file_share f LEFT JOIN node n ON n.id = f.node_id AND n.removed_at IS NULL
        WHERE ${visible} AND ($2::text IS NULL OR f.name = $2 OR f.id = $3)
        ORDER BY (f.id = $3) DESC NULLS LAST, f.created_at, f.id LIMIT $4 OFFSET $5`,
      [projectId, nameOrId ?? null, id, limit, offset],
    );
    if (rows.length || offset === 0) return { rows: rows.map(toFileShareDetails), total: rows[0]?.total ?? 0 };
    const row = await this.sql.first<{ total: number }>(
      'file-share-count',
      `SELECT count(*) AS total FROM file_share f WHERE ${visible}`,
      [projectId],
    );
    return { rows: [], total: row?.total ?? 0 };
  }

  async lock(projectId: string, nameOrId: string): Promise<FileShareRecord | null> {
    const row = await this.sql.first<FileShareRow>(
      'file-share-lock',
      `SELECT ${fileShareColumns} FROM file_share f WHERE ${visible} AND (f.name = $2 OR f.id = $3)
        ORDER BY (f.id = $3) DESC NULLS LAST LIMIT 1 FOR UPDATE`,
      [projectId, nameOrId, isId(nameOrId) ? nameOrId : null],
    );
    return row && toFileShare(row);
  }

  async lockAny(id: string): Promise<FileShareScene | null> {
    const row = await this.sql.first<FileShareSceneRow>(
      'file-share-lock-any',
      `SELECT ${fileShareColumns}, (SELECT n.state FROM node n WHERE n.id = f.node_id AND n.removed_at IS NULL) AS node_state
         FROM file_share f WHERE f.id = $1 FOR UPDATE`,
      [id],
    );
    return row && { share: toFileShare(row), nodeState: row.node_state };
  }

  async update(share: FileShareRecord): Promise<void> {
    const updated = await this.sql.count(
      'file-share-update',
      `UPDATE file_share SET removed = $3, state = $4, message = $5, made_at = $6, labels = $7, row_version = row_version + 1
        WHERE id = $1 AND row_version = $2`,
      [
        ...[share.id, share.rowVersion, share.removed, share.state, share.message, share.madeAt],
        JSON.stringify(share.labels),
      ],
    );
    if (!updated) throw new DomainError('stale', `File share "${share.name}" was changed meanwhile; try again.`);
    share.rowVersion += 1;
  }

  async delete(id: string): Promise<void> {
    await this.sql.query('file-share-delete', `DELETE FROM file_share WHERE id = $1`, [id]);
  }

  volumesOn(id: string, projectId: string | null): Promise<{ id: string; name: string }[]> {
    return this.sql.query(
      'file-share-volumes',
      `SELECT id, name FROM volume WHERE share_id = $1 AND ($2::uuid IS NULL OR project_id = $2) ORDER BY name, id`,
      [id, projectId],
    );
  }

  backupTargetsOn(id: string, projectId: string | null): Promise<{ id: string; name: string }[]> {
    return this.sql.query(
      'file-share-backup-targets',
      `SELECT id, name FROM backup_target WHERE share_id = $1 AND ($2::uuid IS NULL OR project_id = $2) ORDER BY name, id`,
      [id, projectId],
    );
  }

  async allow(
    { id, organizationId }: Pick<FileShareRecord, 'id' | 'organizationId'>,
    projects: string[],
  ): Promise<void> {
    await this.sql.query(
      'file-share-allow',
      `INSERT INTO file_share_project (share_id, project_id, organization_id) SELECT $1, p, $2 FROM unnest($3::uuid[]) AS p
       ON CONFLICT DO NOTHING`,
      [id, organizationId, projects],
    );
  }

  async disallow(id: string, projects: string[]): Promise<void> {
    await this.sql.query(
      'file-share-disallow',
      `DELETE FROM file_share_project WHERE share_id = $1 AND project_id = ANY($2::uuid[])`,
      [id, projects],
    );
  }

  async storageNodes(organizationId: string): Promise<StorageNodeView[]> {
    // What others place meanwhile is seen only by a statement that begins when the rows are held.
    await this.sql.query(
      'file-share-hold-nodes',
      `SELECT n.id FROM node n WHERE ${isStorageNode} ORDER BY n.id FOR NO KEY UPDATE`,
      [organizationId],
    );
    return this.sql.query<StorageNodeView>(
      'file-share-storage-nodes',
      `SELECT n.id, n.name, n.state, n.schedulable, n.draining, n.storage_bytes AS "storageBytes",
              (SELECT coalesce(sum(f.size_bytes), 0)::bigint FROM file_share f WHERE f.node_id = n.id) AS "usedBytes"
         FROM node n WHERE ${isStorageNode} ORDER BY n.name, n.id`,
      [organizationId],
    );
  }

  async keysOnNode(nodeId: string): Promise<ReconcileKey[]> {
    const rows = await this.sql.query<{ id: string }>(
      'file-share-keys-on-node',
      `SELECT id FROM file_share WHERE node_id = $1`,
      [nodeId],
    );
    return rows.map(({ id }): ReconcileKey => `file-share:${id}`);
  }

  async keysOf(id: string): Promise<ReconcileKey[]> {
    const rows = await this.sql.query<{ key: ReconcileKey }>(
      'file-share-keys-of',
      `SELECT DISTINCT CASE WHEN c.service_id IS NULL THEN 'container:' || c.id ELSE 'service:' || c.service_id END AS key
         FROM file_share f, LATERAL (SELECT c.service_id, c.id ${usersOf}) c WHERE f.id = $1
       UNION
       SELECT 'service:' || s.id FROM volume v JOIN service s ON s.project_id = v.project_id AND s.destroyed_at IS NULL
          AND s.spec #> '{template,mounts}' @> jsonb_build_array(jsonb_build_object('kind', 'volume', 'volume', v.name))
        WHERE v.share_id = $1`,
      [id],
    );
    return rows.map(({ key }) => key);
  }
}
