import type {
  BackupWorkRecord,
  BackupWorkRepository,
  LeaseAnswer,
} from '#libs/core/backup/backup-work.repository.port.js';
import { DomainError } from '#libs/domain/error.js';
import type { Sql } from '../connection/sql.js';

const names = {
  id: 'id',
  organization_id: 'organizationId',
  project_id: 'projectId',
  kind: 'kind',
  backup_id: 'backupId',
  action_id: 'actionId',
  volume_id: 'volumeId',
  made_volume: 'madeVolume',
  beside_name: 'besideName',
  beside_node_id: 'besideNodeId',
  attempts: 'attempts',
  deadline_at: 'deadlineAt',
  cancel_asked: 'cancelAsked',
  created_at: 'createdAt',
};
const columns = Object.entries(names)
  .map(([column, name]) => `w.${column} AS "${name}"`)
  .join(', ');

const lost = () => new DomainError('stale', 'Somebody else has this work by now.');

/** Times of leases are the database’s own: the clocks of workers may differ. */
export class PostgresBackupWorkRepository implements BackupWorkRepository {
  constructor(private readonly sql: Sql) {}

  async insert(work: BackupWorkRecord): Promise<boolean> {
    const inserted = await this.sql.count(
      'backup-work-insert',
      `INSERT INTO backup_work (id, organization_id, project_id, kind, backup_id, action_id, volume_id, made_volume, deadline_at, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT ON CONSTRAINT backup_work_volume_key DO NOTHING`,
      [
        ...[work.id, work.organizationId, work.projectId, work.kind, work.backupId, work.actionId],
        ...[work.volumeId, work.madeVolume, work.deadlineAt, work.createdAt],
      ],
    );
    return inserted > 0;
  }

  ofVolume(volumeId: string): Promise<BackupWorkRecord | null> {
    return this.sql.first<BackupWorkRecord>(
      'backup-work-of-volume',
      `SELECT ${columns} FROM backup_work w WHERE w.volume_id = $1`,
      [volumeId],
    );
  }

  ofBackup(backupId: string): Promise<BackupWorkRecord[]> {
    return this.sql.query<BackupWorkRecord & Record<string, unknown>>(
      'backup-work-of-backup',
      `SELECT ${columns} FROM backup_work w WHERE w.backup_id = $1 ORDER BY w.created_at`,
      [backupId],
    );
  }

  ofAction(actionId: string): Promise<BackupWorkRecord | null> {
    return this.sql.first<BackupWorkRecord>(
      'backup-work-of-action',
      `SELECT ${columns} FROM backup_work w WHERE w.action_id = $1`,
      [actionId],
    );
  }

  async askCancel(id: string): Promise<void> {
    await this.sql.query(
      'backup-work-cancel',
      `UPDATE backup_work SET cancel_asked = true, not_before = NULL WHERE id = $1`,
      [id],
    );
  }

  claim(holder: string, leaseMs: number): Promise<BackupWorkRecord | null> {
    return this.sql.first<BackupWorkRecord>(
      'backup-work-claim',
      `UPDATE backup_work w SET holder = $1, lease_until = clock_timestamp() + $2::integer * interval '1 millisecond', attempts = attempts + 1
        WHERE w.id = (
          SELECT f.id FROM backup_work f
           WHERE (f.lease_until IS NULL OR f.lease_until <= clock_timestamp()) AND (f.not_before IS NULL OR f.not_before <= clock_timestamp())
           ORDER BY (SELECT count(*) FROM backup_work b WHERE b.organization_id = f.organization_id AND b.lease_until > clock_timestamp()),
                    f.created_at, f.id
           LIMIT 1 FOR UPDATE SKIP LOCKED)
       RETURNING ${columns}`,
      [holder, leaseMs],
    );
  }

  async renew(
    { id, backupId, kind }: BackupWorkRecord,
    holder: string,
    leaseMs: number,
    doneBytes: number | null,
  ): Promise<LeaseAnswer> {
    const row = await this.sql.first<{ cancel_asked: boolean }>(
      'backup-work-renew',
      `UPDATE backup_work SET lease_until = clock_timestamp() + $3::integer * interval '1 millisecond'
        WHERE id = $1 AND holder = $2 RETURNING cancel_asked`,
      [id, holder, leaseMs],
    );
    if (row && doneBytes !== null && kind === 'backup') {
      await this.sql.query('backup-progress', `UPDATE backup SET done_bytes = $2 WHERE id = $1 AND state = 'running'`, [
        backupId,
        doneBytes,
      ]);
    }
    if (!row) return 'lost';
    return row.cancel_asked ? 'cancel-asked' : 'kept';
  }

  async noteBeside(id: string, holder: string, nodeId: string, name: string): Promise<void> {
    const noted = await this.sql.count(
      'backup-work-beside',
      `UPDATE backup_work SET beside_node_id = $3, beside_name = $4 WHERE id = $1 AND holder = $2`,
      [id, holder, nodeId, name],
    );
    if (!noted) throw lost();
  }

  async release(id: string, holder: string, notBefore: Date | null, countAttempt: boolean): Promise<boolean> {
    const released = await this.sql.count(
      'backup-work-release',
      `UPDATE backup_work SET holder = NULL, lease_until = NULL, not_before = $3, attempts = attempts - $4 WHERE id = $1 AND holder = $2`,
      [id, holder, notBefore, countAttempt ? 0 : 1],
    );
    return released > 0;
  }

  async end(id: string, holder: string): Promise<void> {
    const ended = await this.sql.count('backup-work-end', `DELETE FROM backup_work WHERE id = $1 AND holder = $2`, [
      id,
      holder,
    ]);
    if (!ended) throw lost();
  }
}
