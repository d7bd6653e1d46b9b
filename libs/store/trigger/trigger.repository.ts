import type { CallableTrigger, TriggerRecord, TriggerRepository } from '#libs/core/trigger/trigger.repository.port.js';
import type { TriggerOperation } from '#libs/domain/trigger/operation.js';
import type { Sql } from '../connection/sql.js';

const columns = `t.id, t.organization_id AS "organizationId", t.project_id AS "projectId", t.service_id AS "serviceId",
  t.name, t.operation, t.secret_hash AS "secretHash", t.last_called_at AS "lastCalledAt", t.calls,
  t.created_at AS "createdAt"`;

export class PostgresTriggerRepository implements TriggerRepository {
  constructor(private readonly sql: Sql) {}

  async insert(trigger: TriggerRecord): Promise<void> {
    await this.sql.query(
      'trigger-insert',
      `INSERT INTO trigger (id, organization_id, project_id, service_id, name, operation, secret_hash, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [
        trigger.id,
        trigger.organizationId,
        trigger.projectId,
        trigger.serviceId,
        trigger.name,
        trigger.operation,
        trigger.secretHash,
        trigger.createdAt,
      ],
    );
  }

  get(projectId: string, serviceId: string, id: string): Promise<TriggerRecord | null> {
    return this.sql.first<TriggerRecord>(
      'trigger-get',
      `SELECT ${columns} FROM trigger t WHERE t.id = $3 AND t.service_id = $2 AND t.project_id = $1`,
      [projectId, serviceId, id],
    );
  }

  async list(
    projectId: string,
    serviceId: string,
    limit: number,
    offset: number,
  ): Promise<{ rows: TriggerRecord[]; total: number }> {
    const rows = await this.sql.query<TriggerRecord>(
      'trigger-list',
      `SELECT ${columns} FROM trigger t WHERE t.project_id = $1 AND t.service_id = $2
        ORDER BY t.created_at, t.id LIMIT $3 OFFSET $4`,
      [projectId, serviceId, limit, offset],
    );
    const counted = await this.sql.first<{ total: number }>(
      'trigger-count',
      `SELECT count(*) AS total FROM trigger WHERE project_id = $1 AND service_id = $2`,
      [projectId, serviceId],
    );
    return { rows, total: counted?.total ?? 0 };
  }

  bySecret(secretHash: Buffer): Promise<CallableTrigger | null> {
    return this.sql.first<CallableTrigger>(
      'trigger-by-secret',
      `SELECT ${columns}, p.namespace, s.stack_id AS "stackId" FROM trigger t
         JOIN project p ON p.id = t.project_id JOIN service s ON s.id = t.service_id
        WHERE t.secret_hash = $1`,
      [secretHash],
    );
  }

  async noteCall(id: string, at: Date): Promise<boolean> {
    const noted = await this.sql.count(
      'trigger-note-call',
      `UPDATE trigger SET last_called_at = $2, calls = calls + 1 WHERE id = $1`,
      [id, at],
    );
    return noted > 0;
  }

  async delete(id: string): Promise<void> {
    await this.sql.query('trigger-delete', `DELETE FROM trigger WHERE id = $1`, [id]);
  }

  async deleteOf(serviceId: string, operation: TriggerOperation): Promise<void> {
    await this.sql.query('trigger-delete-of', `DELETE FROM trigger WHERE service_id = $1 AND operation = $2`, [
      serviceId,
      operation,
    ]);
  }
}
