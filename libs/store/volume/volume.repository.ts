import { DomainError } from '#libs/domain/error.js';
import { isId } from '#libs/domain/id.js';
import type { VolumeRecord, VolumeRepository } from '#libs/core/volume/volume.repository.port.js';
import { isUniqueViolation, type Sql } from '../connection/sql.js';

interface VolumeRow {
  id: string;
  organization_id: string;
  project_id: string;
  name: string;
  driver: VolumeRecord['driver'];
  node_id: string | null;
  labels: Record<string, string>;
  created_at: Date;
  row_version: number;
}

const columns = 'id, organization_id, project_id, name, driver, node_id, labels, created_at, row_version';

const toRecord = (row: VolumeRow): VolumeRecord => ({
  id: row.id,
  organizationId: row.organization_id,
  projectId: row.project_id,
  name: row.name,
  driver: row.driver,
  nodeId: row.node_id,
  labels: row.labels,
  createdAt: row.created_at,
  rowVersion: row.row_version,
});

export class PostgresVolumeRepository implements VolumeRepository {
  constructor(private readonly sql: Sql) {}

  async insert(volume: VolumeRecord): Promise<void> {
    try {
      await this.sql.query(
        'volume-insert',
        `INSERT INTO volume (id, organization_id, project_id, name, driver, node_id, labels, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
        [
          volume.id,
          volume.organizationId,
          volume.projectId,
          volume.name,
          volume.driver,
          volume.nodeId,
          JSON.stringify(volume.labels),
          volume.createdAt,
        ],
      );
    } catch (error) {
      if (isUniqueViolation(error, 'volume_name_key')) {
        throw new DomainError('conflict', `There is already a volume called "${volume.name}".`, { field: 'name' });
      }
      throw error;
    }
  }

  async get(projectId: string, nameOrId: string): Promise<VolumeRecord | null> {
    const rows = await this.sql.query<VolumeRow>(
      'volume-get',
      `SELECT ${columns} FROM volume WHERE project_id = $1 AND (name = $2 OR id = $3) ORDER BY (id = $3) DESC NULLS LAST LIMIT 1`,
      [projectId, nameOrId, isId(nameOrId) ? nameOrId : null],
    );
    return rows[0] ? toRecord(rows[0]) : null;
  }

  async list(projectId: string, limit: number, offset: number): Promise<{ rows: VolumeRecord[]; total: number }> {
    const rows = await this.sql.query<VolumeRow>(
      'volume-list',
      `SELECT ${columns} FROM volume WHERE project_id = $1 ORDER BY created_at, id LIMIT $2 OFFSET $3`,
      [projectId, limit, offset],
    );
    const row = await this.sql.first<{ total: number }>(
      'volume-count',
      `SELECT count(*) AS total FROM volume WHERE project_id = $1`,
      [projectId],
    );
    return { rows: rows.map(toRecord), total: row?.total ?? 0 };
  }

  async byNames(projectId: string, names: string[]): Promise<VolumeRecord[]> {
    const rows = await this.sql.query<VolumeRow>(
      'volume-by-names',
      `SELECT ${columns} FROM volume WHERE project_id = $1 AND name = ANY($2) ORDER BY name`,
      [projectId, names],
    );
    return rows.map(toRecord);
  }

  async users(projectId: string, name: string): Promise<string[]> {
    const mounts = JSON.stringify([{ kind: 'volume', volume: name }]);
    const rows = await this.sql.query<{ name: string }>(
      'volume-users',
      `SELECT s.name FROM service s
        WHERE s.project_id = $1 AND s.destroyed_at IS NULL
          AND (s.spec #> '{template,mounts}' @> $2::jsonb
               OR EXISTS (SELECT 1 FROM container c JOIN revision r ON r.service_id = c.service_id AND r.number = c.revision
                           WHERE c.service_id = s.id AND c.removed_at IS NULL AND r.spec #> '{template,mounts}' @> $2::jsonb))
       UNION
       SELECT c.name FROM container c
        WHERE c.project_id = $1 AND c.service_id IS NULL AND c.removed_at IS NULL AND c.template -> 'mounts' @> $2::jsonb
       ORDER BY 1`,
      [projectId, mounts],
    );
    return rows.map((row) => row.name);
  }

  async delete(id: string): Promise<void> {
    await this.sql.query('volume-delete', `DELETE FROM volume WHERE id = $1`, [id]);
  }

  async pin(id: string, nodeId: string): Promise<void> {
    await this.sql.query(
      'volume-pin',
      `UPDATE volume SET node_id = $2, row_version = row_version + 1 WHERE id = $1 AND node_id IS NULL`,
      [id, nodeId],
    );
  }
}
