import type {
  BackupContent,
  BackupFilter,
  BackupRecord,
  BackupRepository,
} from '#libs/core/backup/backup.repository.port.js';
import { backupTransitions, type BackupState } from '#libs/domain/backup/state.js';
import { DomainError } from '#libs/domain/error.js';
import type { Sql } from '../connection/sql.js';
import { Where } from '../connection/where.js';

const columns = `id, organization_id AS "organizationId", project_id AS "projectId", target_id AS "targetId",
  volume_id AS "volumeId", volume_name AS "volumeName", schedule_id AS "scheduleId", action_id AS "actionId", state, message,
  object_key AS "objectKey", object_bytes AS "objectBytes", content_bytes AS "contentBytes", entries, sha256,
  done_bytes AS "doneBytes", created_at AS "createdAt", started_at AS "startedAt", ended_at AS "endedAt"`;

export class PostgresBackupRepository implements BackupRepository {
  constructor(private readonly sql: Sql) {}

  async insert(backup: BackupRecord): Promise<void> {
    await this.sql.query(
      'backup-insert',
      `INSERT INTO backup (id, organization_id, project_id, target_id, volume_id, volume_name, schedule_id, action_id, state, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
      [
        ...[backup.id, backup.organizationId, backup.projectId, backup.targetId, backup.volumeId, backup.volumeName],
        ...[backup.scheduleId, backup.actionId, backup.state, backup.createdAt],
      ],
    );
  }

  get(projectId: string, id: string): Promise<BackupRecord | null> {
    return this.sql.first<BackupRecord>(
      'backup-get',
      `SELECT ${columns} FROM backup WHERE id = $2 AND project_id = $1`,
      [projectId, id],
    );
  }

  getAny(id: string): Promise<BackupRecord | null> {
    return this.sql.first<BackupRecord>('backup-get-any', `SELECT ${columns} FROM backup WHERE id = $1`, [id]);
  }

  lock(projectId: string, id: string): Promise<BackupRecord | null> {
    return this.sql.first<BackupRecord>(
      'backup-lock',
      `SELECT ${columns} FROM backup WHERE id = $2 AND project_id = $1 FOR UPDATE`,
      [projectId, id],
    );
  }

  list(projectId: string, filter: BackupFilter): Promise<BackupRecord[]> {
    const where = new Where()
      .add('project_id = ?', projectId)
      .add('volume_id = ?', filter.volumeId)
      .add('target_id = ?', filter.targetId)
      .add('schedule_id = ?', filter.scheduleId)
      .add('state = ?', filter.state)
      .add(
        '(created_at, id) < (SELECT a.created_at, a.id FROM backup a WHERE a.id = ?::uuid AND a.project_id = $1)',
        filter.after ?? undefined,
      );
    const condition = where.text;
    const limit = where.value(filter.limit);
    return this.sql.vary<BackupRecord & Record<string, unknown>>(
      `SELECT ${columns} FROM backup ${condition} ORDER BY created_at DESC, id DESC LIMIT ${limit}`,
      where.values,
    );
  }

  completeOf(scheduleIds: string[]): Promise<BackupRecord[]> {
    return this.sql.query<BackupRecord & Record<string, unknown>>(
      'backup-complete-of',
      `SELECT ${columns} FROM backup WHERE schedule_id = ANY($1::uuid[]) AND state = 'complete'`,
      [scheduleIds],
    );
  }

  async begun(id: string, now: Date): Promise<void> {
    await this.sql.query(
      'backup-begun',
      `UPDATE backup SET state = 'running', done_bytes = 0, started_at = coalesce(started_at, $2)
        WHERE id = $1 AND state IN ('pending', 'running')`,
      [id, now],
    );
  }

  async move(backup: BackupRecord, to: BackupState, message: string | null, endedAt: Date | null): Promise<void> {
    if (!backupTransitions[backup.state].includes(to)) {
      throw new Error(`A backup that is ${backup.state} cannot become ${to}.`);
    }
    const moved = await this.sql.count(
      'backup-move',
      `UPDATE backup SET state = $3, message = $4, ended_at = coalesce($5, ended_at) WHERE id = $1 AND state = $2`,
      [backup.id, backup.state, to, message, endedAt],
    );
    if (!moved) throw new DomainError('stale', 'The backup was changed meanwhile; read it and try again.');
    backup.state = to;
  }

  async complete(backup: BackupRecord, content: BackupContent, now: Date): Promise<void> {
    await this.move(backup, 'complete', null, now);
    await this.sql.query(
      'backup-complete',
      `UPDATE backup SET object_key = $2, object_bytes = $3, content_bytes = $4, entries = $5, sha256 = $6, done_bytes = $4
        WHERE id = $1`,
      [backup.id, content.objectKey, content.objectBytes, content.contentBytes, content.entries, content.sha256],
    );
  }

  async delete(id: string): Promise<void> {
    await this.sql.query('backup-delete', `DELETE FROM backup WHERE id = $1`, [id]);
  }

  prune(before: Date): Promise<number> {
    return this.sql.count(
      'backup-prune',
      `DELETE FROM backup b WHERE b.state IN ('failed', 'canceled') AND b.ended_at < $1
          AND NOT EXISTS (SELECT FROM backup_work w WHERE w.backup_id = b.id)`,
      [before],
    );
  }
}
