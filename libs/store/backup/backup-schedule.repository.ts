import type {
  BackupScheduleDetails,
  BackupScheduleRecord,
  BackupScheduleRepository,
  KeysetWish,
} from '#libs/core/backup/backup.repository.port.js';
import { DomainError } from '#libs/domain/error.js';
import type { Sql } from '../connection/sql.js';

const own = `s.id, s.organization_id AS "organizationId", s.project_id AS "projectId", s.volume_id AS "volumeId",
  s.target_id AS "targetId", s.cron, s.time_zone AS "timeZone", s.keep_last AS "keepLast", s.keep_days AS "keepDays", s.enabled,
  s.next_at AS "nextAt", s.last_at AS "lastAt", s.last_message AS "lastMessage", s.created_at AS "createdAt", s.row_version AS "rowVersion"`;
const detailed = `SELECT ${own}, v.name AS "volumeName", t.name AS "targetName" FROM backup_schedule s
  JOIN volume v ON v.id = s.volume_id JOIN backup_target t ON t.id = s.target_id`;

export class PostgresBackupScheduleRepository implements BackupScheduleRepository {
  constructor(private readonly sql: Sql) {}

  async insert(schedule: BackupScheduleRecord): Promise<void> {
    await this.sql.query(
      'backup-schedule-insert',
      `INSERT INTO backup_schedule (id, organization_id, project_id, volume_id, target_id, cron, time_zone, keep_last, keep_days,
                                    enabled, next_at, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
      [
        ...[schedule.id, schedule.organizationId, schedule.projectId, schedule.volumeId, schedule.targetId],
        ...[schedule.cron, schedule.timeZone, schedule.keepLast, schedule.keepDays],
        ...[schedule.enabled, schedule.nextAt, schedule.createdAt],
      ],
    );
  }

  get(projectId: string, id: string): Promise<BackupScheduleDetails | null> {
    return this.sql.first<BackupScheduleDetails>(
      'backup-schedule-get',
      `${detailed} WHERE s.id = $2 AND s.project_id = $1`,
      [projectId, id],
    );
  }

  lock(projectId: string, id: string): Promise<BackupScheduleDetails | null> {
    return this.sql.first<BackupScheduleDetails>(
      'backup-schedule-lock',
      `${detailed} WHERE s.id = $2 AND s.project_id = $1 FOR UPDATE OF s`,
      [projectId, id],
    );
  }

  list(
    projectId: string,
    { after, limit, volumeId }: KeysetWish & { volumeId?: string | undefined },
  ): Promise<BackupScheduleDetails[]> {
    return this.sql.query<BackupScheduleDetails & Record<string, unknown>>(
      'backup-schedule-list',
      `${detailed}
        WHERE s.project_id = $1 AND ($4::uuid IS NULL OR s.volume_id = $4)
          AND ($2::uuid IS NULL OR (s.created_at, s.id) > (SELECT a.created_at, a.id FROM backup_schedule a WHERE a.id = $2 AND a.project_id = $1))
        ORDER BY s.created_at, s.id LIMIT $3`,
      [projectId, after, limit, volumeId ?? null],
    );
  }

  async count(projectId: string): Promise<number> {
    const row = await this.sql.first<{ n: number }>(
      'backup-schedule-count',
      `SELECT count(*) AS n FROM backup_schedule WHERE project_id = $1`,
      [projectId],
    );
    return row?.n ?? 0;
  }

  async update(schedule: BackupScheduleRecord): Promise<void> {
    const updated = await this.sql.count(
      'backup-schedule-update',
      `UPDATE backup_schedule SET target_id = $3, cron = $4, time_zone = $5, keep_last = $6, keep_days = $7, enabled = $8, next_at = $9,
              last_at = $10, last_message = $11, row_version = row_version + 1
        WHERE id = $1 AND row_version = $2`,
      [
        ...[schedule.id, schedule.rowVersion, schedule.targetId, schedule.cron, schedule.timeZone, schedule.keepLast],
        ...[schedule.keepDays, schedule.enabled, schedule.nextAt, schedule.lastAt, schedule.lastMessage],
      ],
    );
    if (!updated) throw new DomainError('stale', 'The schedule was changed meanwhile; read it and try again.');
    schedule.rowVersion += 1;
  }

  async delete(id: string): Promise<void> {
    await this.sql.query('backup-schedule-delete', `DELETE FROM backup_schedule WHERE id = $1`, [id]);
  }

  lockDue(now: Date): Promise<BackupScheduleDetails | null> {
    return this.sql.first<BackupScheduleDetails>(
      'backup-schedule-lock-due',
      `${detailed} WHERE s.next_at <= $1 ORDER BY s.next_at LIMIT 1 FOR UPDATE OF s SKIP LOCKED`,
      [now],
    );
  }

  withRetention(after: string | null, limit: number): Promise<BackupScheduleRecord[]> {
    return this.sql.query<BackupScheduleRecord & Record<string, unknown>>(
      'backup-schedule-with-retention',
      `SELECT ${own} FROM backup_schedule s
        WHERE (s.keep_last IS NOT NULL OR s.keep_days IS NOT NULL) AND ($1::uuid IS NULL OR s.id > $1) ORDER BY s.id LIMIT $2`,
      [after, limit],
    );
  }
}
