import type {
  CallableTrigger,
  TriggerFilter,
  TriggerRecord,
  TriggerRepository,
} from '#libs/core/trigger/trigger.repository.port.js';
import type { TriggerOperation } from '#libs/domain/trigger/operation.js';
import type { Sql } from '../connection/sql.js';
import { Where } from '../connection/where.js';

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
    filter: TriggerFilter,
  ): Promise<{ rows: TriggerRecord[]; total: number }> {
    const where = new Where()
      .add('t.project_id = ?', projectId)
      .add('t.service_id = ?', serviceId)
      .add('t.id = ANY(?::uuid[])', filter.ids)
      .add(`t.id::text LIKE ? || '%'`, filter.idPrefix)
      .add('t.name = ?', filter.name);
    const counted = await this.sql.vary<{ total: number }>(`SELECT count(*) AS total FROM trigger t ${where.text}`, [
      ...where.values,
    ]);
    const page = `LIMIT ${where.value(filter.limit)} OFFSET ${where.value(filter.offset)}`;
    const rows = await this.sql.vary<TriggerRecord>(
      `SELECT ${columns} FROM trigger t ${where.text} ORDER BY t.created_at, t.id ${page}`,
      where.values,
    );
    return { rows, total: counted[0]?.total ?? 0 };
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
