import type {
  BackupTargetRecord,
  BackupTargetRepository,
  KeysetWish,
  SealedBackupTarget,
} from '#libs/core/backup/backup.repository.port.js';
import { DomainError } from '#libs/domain/error.js';
import { isUniqueViolation, type Sql } from '../connection/sql.js';

/** The secret is not among them. */
const columns = `id, organization_id AS "organizationId", project_id AS "projectId", name, settings,
  created_at AS "createdAt", row_version AS "rowVersion"`;
const sealedColumns = `${columns}, secret_sealed AS "sealedSecret"`;

const shareOf = ({ settings }: BackupTargetRecord) => (settings.kind === 'share' ? settings.shareId : null);

export class PostgresBackupTargetRepository implements BackupTargetRepository {
  constructor(private readonly sql: Sql) {}

  async insert(target: BackupTargetRecord, sealedSecret: Buffer | null): Promise<void> {
    const { id, organizationId, projectId, name, settings, createdAt } = target;
    await refusingTaken(name, () =>
      this.sql.query(
        'backup-target-insert',
        `INSERT INTO backup_target (id, organization_id, project_id, name, kind, settings, secret_sealed, share_id, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
        [
          ...[id, organizationId, projectId, name, settings.kind, JSON.stringify(settings), sealedSecret],
          ...[shareOf(target), createdAt],
        ],
      ),
    );
  }

  get(projectId: string, id: string): Promise<SealedBackupTarget | null> {
    return this.sql.first<SealedBackupTarget>(
      'backup-target-get',
      `SELECT ${sealedColumns} FROM backup_target WHERE id = $2 AND project_id = $1`,
      [projectId, id],
    );
  }

  getAny(id: string): Promise<SealedBackupTarget | null> {
    return this.sql.first<SealedBackupTarget>(
      'backup-target-get-any',
      `SELECT ${sealedColumns} FROM backup_target WHERE id = $1`,
      [id],
    );
  }

  lock(projectId: string, id: string): Promise<SealedBackupTarget | null> {
    return this.sql.first<SealedBackupTarget>(
      'backup-target-lock',
      `SELECT ${sealedColumns} FROM backup_target WHERE id = $2 AND project_id = $1 FOR UPDATE`,
      [projectId, id],
    );
  }

  list(projectId: string, { after, limit }: KeysetWish): Promise<BackupTargetRecord[]> {
    return this.sql.query<BackupTargetRecord & Record<string, unknown>>(
      'backup-target-list',
      `SELECT ${columns} FROM backup_target
        WHERE project_id = $1
          AND ($2::uuid IS NULL OR (created_at, id) > (SELECT a.created_at, a.id FROM backup_target a WHERE a.id = $2 AND a.project_id = $1))
        ORDER BY created_at, id LIMIT $3`,
      [projectId, after, limit],
    );
  }

  async count(projectId: string): Promise<number> {
    const row = await this.sql.first<{ n: number }>(
      'backup-target-count',
      `SELECT count(*) AS n FROM backup_target WHERE project_id = $1`,
      [projectId],
    );
    return row?.n ?? 0;
  }

  async update(target: BackupTargetRecord, sealedSecret?: Buffer | null): Promise<void> {
    const { id, rowVersion, name, settings } = target;
    const updated = await refusingTaken(name, () =>
      this.sql.count(
        'backup-target-update',
        `UPDATE backup_target SET name = $3, kind = $4, settings = $5, share_id = $6, row_version = row_version + 1,
                secret_sealed = CASE WHEN $7 THEN $8 ELSE secret_sealed END
          WHERE id = $1 AND row_version = $2`,
        [
          ...[id, rowVersion, name, settings.kind, JSON.stringify(settings), shareOf(target)],
          ...[sealedSecret !== undefined, sealedSecret ?? null],
        ],
      ),
    );
    if (!updated) throw new DomainError('stale', 'The backup target was changed meanwhile; read it and try again.');
    target.rowVersion += 1;
  }

  async uses(id: string): Promise<{ schedules: number; backups: number }> {
    const row = await this.sql.first<{ schedules: number; backups: number }>(
      'backup-target-uses',
      `SELECT (SELECT count(*) FROM backup_schedule WHERE target_id = $1) AS schedules,
              (SELECT count(*) FROM backup WHERE target_id = $1 AND state NOT IN ('failed', 'canceled')) AS backups`,
      [id],
    );
    return row ?? { schedules: 0, backups: 0 };
  }

  /** Records of backups that came to nothing go with it. */
  async delete(id: string): Promise<void> {
    await this.sql.query(
      'backup-target-forget',
      `DELETE FROM backup WHERE target_id = $1 AND state IN ('failed', 'canceled')`,
      [id],
    );
    await this.sql.query('backup-target-delete', `DELETE FROM backup_target WHERE id = $1`, [id]);
  }
}

async function refusingTaken<T>(name: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!isUniqueViolation(error, 'backup_target_name_key')) throw error;
    throw new DomainError('conflict', `The project has a backup target "${name}" already.`, { field: 'name' });
  }
}
