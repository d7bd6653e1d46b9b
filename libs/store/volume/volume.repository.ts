import type { ShareSource } from '#libs/domain/file-share/mount.js';
import { DomainError } from '#libs/domain/error.js';
import { isId } from '#libs/domain/id.js';
import { engineVolumeName } from '#libs/domain/volume/engine-name.js';
import type {
  HeldVolume,
  VolumeDetails,
  VolumeMountRecord,
  VolumeRecord,
  VolumeRepository,
  VolumeUser,
} from '#libs/core/volume/volume.repository.port.js';
import { isUniqueViolation, type Sql } from '../connection/sql.js';
import { volumeDetails, volumeUsers } from './volume.details.js';
import { shareSource } from './mounted-volume.row.js';
import { discard, lockRunning, replaceData } from './volume.restore.js';
import { expireVolumes, sweepVolumes } from './volume.expiry.js';
import {
  shareColumns,
  shareJoin,
  toHeld,
  toVolume,
  volumeColumns,
  writerColumns,
  writerJoin,
  type ShareRow,
  type VolumeRow,
  type WriterRow,
} from './volume.row.js';

const inserted = `id, organization_id, project_id, name, driver, share_id, owner, service_id, instance, mount_key, set_id, epoch, node_id,
  access, size_limit_bytes, labels, created_at`;

export class PostgresVolumeRepository implements VolumeRepository {
  constructor(private readonly sql: Sql) {}

  async insert(volume: VolumeRecord): Promise<void> {
    try {
      await this.sql.query('volume-insert', `${insertText} RETURNING id`, [rowsOf([volume])]);
    } catch (error) {
      if (isUniqueViolation(error, 'volume_name_key')) {
        throw new DomainError('conflict', `There is already a volume called "${volume.name}".`, { field: 'name' });
      }
      throw error;
    }
  }

  async insertNew(volumes: VolumeRecord[]): Promise<string[]> {
    const rows = await this.sql.query<{ id: string }>(
      'volume-insert-new',
      `${insertText} ON CONFLICT DO NOTHING RETURNING id`,
      [rowsOf(volumes)],
    );
    return rows.map(({ id }) => id);
  }

  get(projectId: string, nameOrId: string): Promise<VolumeRecord | null> {
    return this.find('volume-get', '', projectId, nameOrId);
  }

  lock(projectId: string, nameOrId: string): Promise<VolumeRecord | null> {
    return this.find('volume-lock', 'FOR UPDATE', projectId, nameOrId);
  }

  private async find(name: string, lock: string, projectId: string, nameOrId: string): Promise<VolumeRecord | null> {
    const row = await this.sql.first<VolumeRow>(
      name,
      `SELECT ${volumeColumns} FROM volume v WHERE v.project_id = $1 AND (v.name = $2 OR v.id = $3)
        ORDER BY (v.id = $3) DESC NULLS LAST LIMIT 1 ${lock}`,
      [projectId, nameOrId, isId(nameOrId) ? nameOrId : null],
    );
    return row && toVolume(row);
  }

  async list(projectId: string, limit: number, offset: number): Promise<{ rows: VolumeRecord[]; total: number }> {
    const rows = await this.sql.query<VolumeRow>(
      'volume-list',
      `SELECT ${volumeColumns} FROM volume v WHERE v.project_id = $1 AND v.owner = 'project' ORDER BY v.created_at, v.id LIMIT $2 OFFSET $3`,
      [projectId, limit, offset],
    );
    const row = await this.sql.first<{ total: number }>(
      'volume-count',
      `SELECT count(*) AS total FROM volume WHERE project_id = $1 AND owner = 'project'`,
      [projectId],
    );
    return { rows: rows.map(toVolume), total: row?.total ?? 0 };
  }

  details(
    projectId: string,
    filter: { nameOrId?: string; limit: number; offset: number },
  ): Promise<{ rows: VolumeDetails[]; total: number }> {
    return volumeDetails(this.sql, projectId, filter);
  }

  async byNames(projectId: string, names: string[]): Promise<VolumeRecord[]> {
    const rows = await this.sql.query<VolumeRow>(
      'volume-by-names',
      `SELECT ${volumeColumns} FROM volume v WHERE v.project_id = $1 AND v.name = ANY($2) ORDER BY v.name`,
      [projectId, names],
    );
    return rows.map(toVolume);
  }

  async engineName(id: string): Promise<string | null> {
    const row = await this.sql.first<{ node_id: string; engine_name: string | null }>(
      'volume-engine-name',
      `SELECT coalesce(v.node_id, f.node_id) AS node_id, v.engine_name FROM volume v LEFT JOIN file_share f ON f.id = v.share_id
        WHERE v.id = $1 AND coalesce(v.node_id, f.node_id) IS NOT NULL`,
      [id],
    );
    return row && (row.engine_name ?? engineVolumeName(row.node_id, id));
  }

  async shareSource(id: string): Promise<ShareSource | null> {
    const row = await this.sql.first<{ source: ShareSource | null }>(
      'volume-share-source',
      `SELECT ${shareSource} AS source FROM volume v WHERE v.id = $1`,
      [id],
    );
    return row?.source ?? null;
  }

  async mountedOn(id: string): Promise<string[]> {
    const rows = await this.sql.query<{ id: string }>(
      'volume-mounted-on',
      `SELECT DISTINCT c.node_id AS id FROM volume_mount m JOIN container c ON c.id = m.container_id AND c.removed_at IS NULL
        WHERE m.volume_id = $1 AND c.node_id IS NOT NULL`,
      [id],
    );
    return rows.map((row) => row.id);
  }

  async forContainers(projectId: string, serviceId: string | null, names: string[]): Promise<HeldVolume[]> {
    const rows = await this.sql.query<VolumeRow & WriterRow & ShareRow>(
      'volume-for-containers',
      `SELECT ${volumeColumns}, ${writerColumns}, ${shareColumns} FROM volume v ${writerJoin} ${shareJoin}
        WHERE v.project_id = $1 AND (v.name = ANY($3) OR v.service_id = $2) ORDER BY v.created_at, v.id`,
      [projectId, serviceId, names],
    );
    return rows.map(toHeld);
  }

  users({ id }: Pick<VolumeRecord, 'id'>): Promise<VolumeUser[]> {
    return volumeUsers(this.sql, id);
  }

  async update(volume: VolumeRecord): Promise<void> {
    const updated = await this.sql.count(
      'volume-update',
      `UPDATE volume SET access = $3, fence = $4, writer_id = $5, size_limit_bytes = $6, node_id = $7, labels = $8, row_version = row_version + 1
        WHERE id = $1 AND row_version = $2`,
      [
        volume.id,
        volume.rowVersion,
        volume.access,
        volume.fence,
        volume.writerId,
        volume.sizeLimitBytes,
        volume.nodeId,
        JSON.stringify(volume.labels),
      ],
    );
    if (!updated) throw new DomainError('stale', `Volume "${volume.name}" was changed meanwhile; try again.`);
    volume.rowVersion += 1;
  }

  async mount(mounts: VolumeMountRecord[]): Promise<void> {
    const rows = mounts.map((mount) => ({
      container_id: mount.containerId,
      organization_id: mount.organizationId,
      target: mount.target,
      volume_id: mount.volumeId,
      node_id: mount.nodeId,
      fence_before: mount.fenceBefore,
      fence: mount.fence,
    }));
    // The rows are held in the order of their ids, so that two transactions never wait for each other in a circle.
    const written = await this.sql.count(
      'volume-mount',
      `WITH r AS (SELECT * FROM jsonb_to_recordset($1::jsonb) AS r (container_id uuid, organization_id uuid, target text, volume_id uuid,
                                                                     node_id uuid, fence_before bigint, fence bigint)),
            wanted AS (SELECT volume_id, min(node_id::text)::uuid AS node_id, max(node_id::text)::uuid AS other_node, min(fence_before) AS fence_before,
                              max(fence) AS fence, (array_agg(container_id ORDER BY fence DESC))[1] AS writer
                         FROM r GROUP BY volume_id),
            locked AS (SELECT v.id FROM volume v JOIN wanted w ON w.volume_id = v.id
                        WHERE v.fence = w.fence_before
                          AND (v.driver <> 'local' OR (coalesce(v.node_id, w.node_id) = w.node_id AND w.node_id = w.other_node))
                        ORDER BY v.id FOR UPDATE OF v),
            held AS (UPDATE volume v
                        SET node_id = CASE WHEN v.driver = 'local' THEN w.node_id END, fence = w.fence,
                            writer_id = CASE WHEN w.fence > w.fence_before THEN w.writer ELSE v.writer_id END, row_version = v.row_version + 1
                       FROM wanted w WHERE v.id = w.volume_id AND v.id IN (SELECT id FROM locked) RETURNING v.id)
       INSERT INTO volume_mount (container_id, target, organization_id, volume_id, fence)
       SELECT r.container_id, r.target, r.organization_id, r.volume_id, CASE WHEN r.fence > r.fence_before THEN r.fence ELSE 0 END FROM r JOIN held ON held.id = r.volume_id`,
      [JSON.stringify(rows)],
    );
    if (written !== rows.length)
      throw new DomainError('stale', 'A volume was taken or deleted by somebody else meanwhile.');
  }

  async setOf(sets: { containerId: string; setId: string }[]): Promise<void> {
    await this.sql.query(
      'volume-set-of',
      `UPDATE container c SET volume_set = r.set_id FROM jsonb_to_recordset($1::jsonb) AS r (id uuid, set_id uuid) WHERE c.id = r.id`,
      [JSON.stringify(sets.map(({ containerId, setId }) => ({ id: containerId, set_id: setId })))],
    );
  }

  async retire(ids: string[], now: Date): Promise<void> {
    await this.sql.query(
      'volume-retire',
      `UPDATE volume SET retired_at = $2, row_version = row_version + 1 WHERE id = ANY($1::uuid[]) AND owner = 'instance' AND retired_at IS NULL`,
      [ids, now],
    );
  }

  expire(serviceId: string): Promise<{ id: string; nodeId: string }[]> {
    return expireVolumes(this.sql, serviceId);
  }

  async remove(volume: VolumeRecord): Promise<void> {
    await this.sql.query(
      'volume-remove',
      `WITH gone AS (DELETE FROM volume WHERE id = $1 RETURNING id, organization_id, project_id, node_id, engine_name, driver, share_id)
       INSERT INTO volume_removal (volume_id, organization_id, project_id, node_id, engine_name, share_id)
       SELECT id, organization_id, project_id, node_id, engine_name, NULL::uuid FROM gone WHERE node_id IS NOT NULL AND driver = 'local'
       UNION ALL
       SELECT g.id, g.organization_id, g.project_id, f.node_id, NULL, f.id FROM gone g JOIN file_share f ON f.id = g.share_id`,
      [volume.id],
    );
  }

  lockRunning(volumeId: string): Promise<string[]> {
    return lockRunning(this.sql, volumeId);
  }

  async replaceData(volume: VolumeRecord, nodeId: string, engineName: string): Promise<void> {
    await replaceData(this.sql, volume, nodeId, engineName);
  }

  async discard(
    place: { organizationId: string; projectId: string },
    nodeId: string,
    engineName: string,
  ): Promise<void> {
    await discard(this.sql, place, nodeId, engineName);
  }

  async nodeIsGone(volumeId: string): Promise<boolean> {
    const row = await this.sql.first<{ gone: boolean }>(
      'volume-node-is-gone',
      `SELECT n.id IS NULL OR n.removed_at IS NOT NULL OR n.state = 'removed' AS gone
         FROM volume v LEFT JOIN node n ON n.id = v.node_id WHERE v.id = $1 AND v.node_id IS NOT NULL`,
      [volumeId],
    );
    return row?.gone ?? false;
  }

  sweep(): Promise<number> {
    return sweepVolumes(this.sql);
  }
}

const insertText = `
  INSERT INTO volume (${inserted})
  SELECT ${inserted} FROM jsonb_to_recordset($1::jsonb)
      AS r (id uuid, organization_id uuid, project_id uuid, name text, driver text, share_id uuid, owner text, service_id uuid, instance text,
            mount_key text, set_id uuid, epoch integer, node_id uuid, access text, size_limit_bytes bigint, labels jsonb, created_at timestamptz)`;

const rowsOf = (volumes: VolumeRecord[]): string =>
  JSON.stringify(
    volumes.map((volume) => ({
      id: volume.id,
      organization_id: volume.organizationId,
      project_id: volume.projectId,
      name: volume.name,
      driver: volume.driver,
      share_id: volume.shareId,
      owner: volume.owner,
      service_id: volume.serviceId,
      instance: volume.instance,
      mount_key: volume.mountKey,
      set_id: volume.setId,
      epoch: volume.epoch,
      node_id: volume.nodeId,
      access: volume.access,
      size_limit_bytes: volume.sizeLimitBytes,
      labels: volume.labels,
      created_at: volume.createdAt,
    })),
  );
