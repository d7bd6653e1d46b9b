import type { ActionFilter, ActionRecord, ActionRepository } from '#libs/core/action/action.repository.port.js';
import type { ActionState } from '#libs/domain/action/state.js';
import type { Sql } from '../connection/sql.js';
import { Where } from '../connection/where.js';

interface ActionRow {
  id: string;
  organization_id: string | null;
  project_id: string | null;
  user_id: string | null;
  user_name: string | null;
  api_key_id: string | null;
  verb: string;
  resource_type: ActionRecord['resourceType'];
  resource_id: string | null;
  resource_name: string | null;
  stack_id: string | null;
  service_id: string | null;
  origin: ActionRecord['origin'];
  state: ActionState;
  message: string | null;
  expectation: ActionRecord['expectation'];
  method: string | null;
  path: string | null;
  ip: string | null;
  user_agent: string | null;
  retry_of: string | null;
  started_at: Date;
  deadline_at: Date | null;
  ended_at: Date | null;
}

const columns = `id, organization_id, project_id, user_id, user_name, api_key_id, verb, resource_type, resource_id, resource_name,
  stack_id, service_id, origin, state, message, expectation, method, path, ip, user_agent, retry_of, started_at, deadline_at, ended_at`;

const toRecord = (row: ActionRow): ActionRecord => ({
  id: row.id,
  organizationId: row.organization_id,
  projectId: row.project_id,
  userId: row.user_id,
  userName: row.user_name,
  apiKeyId: row.api_key_id,
  verb: row.verb,
  resourceType: row.resource_type,
  resourceId: row.resource_id,
  resourceName: row.resource_name,
  stackId: row.stack_id,
  serviceId: row.service_id,
  origin: row.origin,
  state: row.state,
  message: row.message,
  expectation: row.expectation,
  method: row.method,
  path: row.path,
  ip: row.ip,
  userAgent: row.user_agent,
  retryOf: row.retry_of,
  startedAt: row.started_at,
  deadlineAt: row.deadline_at,
  endedAt: row.ended_at,
});

export class PostgresActionRepository implements ActionRepository {
  constructor(private readonly sql: Sql) {}

  async insert(action: ActionRecord): Promise<void> {
    await this.sql.query(
      'action-insert',
      `INSERT INTO action (${columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
                                               $20, $21, $22, $23, $24)`,
      [
        action.id,
        action.organizationId,
        action.projectId,
        action.userId,
        action.userName,
        action.apiKeyId,
        action.verb,
        action.resourceType,
        action.resourceId,
        action.resourceName,
        action.stackId,
        action.serviceId,
        action.origin,
        action.state,
        action.message,
        action.expectation && JSON.stringify(action.expectation),
        action.method,
        action.path,
        action.ip,
        action.userAgent,
        action.retryOf,
        action.startedAt,
        action.deadlineAt,
        action.endedAt,
      ],
    );
  }

  async get(id: string): Promise<ActionRecord | null> {
    const row = await this.sql.first<ActionRow>('action-get', `SELECT ${columns} FROM action WHERE id = $1`, [id]);
    return row && toRecord(row);
  }

  async lock(id: string): Promise<ActionRecord | null> {
    const row = await this.sql.first<ActionRow>(
      'action-lock',
      `SELECT ${columns} FROM action WHERE id = $1 FOR UPDATE`,
      [id],
    );
    return row && toRecord(row);
  }

  async list(
    organizationId: string | null,
    projectId: string | null,
    filter: ActionFilter,
  ): Promise<{ rows: ActionRecord[]; total: number }> {
    const related = filter.includeRelated ? '(resource_id = ? OR stack_id = ? OR service_id = ?)' : 'resource_id = ?';
    const where = new Where()
      .always(organizationId === null ? 'organization_id IS NULL' : 'true')
      .add('organization_id = ?', organizationId ?? undefined)
      // Of the organization's own actions a project sees those of nodes; members and keys are not its business.
      .add(
        `(project_id = ? OR (project_id IS NULL AND resource_type IN ('node', 'node-cluster')))`,
        projectId ?? undefined,
      )
      .add('id = ANY(?::uuid[])', filter.ids)
      .add(`id::text LIKE ? || '%'`, filter.idPrefix)
      .add('state = ANY(?)', filter.states)
      .add(related, filter.resourceId)
      .add('started_at >= ?', filter.startedFrom)
      .add('started_at <= ?', filter.startedTo)
      .add('ended_at >= ?', filter.endedFrom)
      .add('ended_at <= ?', filter.endedTo)
      .add('verb = ?', filter.verb)
      .add('resource_type = ?', filter.resourceType)
      .add('user_name = ?', filter.userName);
    if (filter.after) {
      const at = where.value(filter.after.startedAt);
      where.always(`(started_at < ${at} OR (started_at = ${at} AND id > ${where.value(filter.after.id)}))`);
    }
    const condition = where.text;
    const conditions = where.values.length;
    const limit = where.value(filter.limit);
    const offset = where.value(filter.offset);
    const rows = await this.sql.vary<ActionRow & { total: number }>(
      `SELECT ${columns}, count(*) OVER () AS total FROM action ${condition} ORDER BY started_at DESC, id LIMIT ${limit} OFFSET ${offset}`,
      where.values,
    );
    let total = rows[0]?.total ?? 0;
    if (!rows.length && filter.offset) {
      const [row] = await this.sql.vary<{ total: number }>(
        `SELECT count(*) AS total FROM action ${condition}`,
        where.values.slice(0, conditions),
      );
      total = row?.total ?? 0;
    }
    return { rows: rows.map(toRecord), total };
  }

  async move(id: string, state: ActionState, message: string | null, endedAt: Date | null): Promise<boolean> {
    const moved = await this.sql.count(
      'action-move',
      `UPDATE action SET state = $2, message = $3, ended_at = $4, row_version = row_version + 1 WHERE id = $1 AND ended_at IS NULL`,
      [id, state, message, endedAt],
    );
    return moved > 0;
  }

  async openExpectations(serviceOrContainerId: string): Promise<ActionRecord[]> {
    const rows = await this.sql.query<ActionRow>(
      'action-open-expectations',
      `SELECT ${columns} FROM action WHERE ended_at IS NULL AND expectation IS NOT NULL AND (service_id = $1 OR resource_id = $1) ORDER BY id`,
      [serviceOrContainerId],
    );
    return rows.map(toRecord);
  }

  async overdue(now: Date, limit: number): Promise<ActionRecord[]> {
    const rows = await this.sql.query<ActionRow>(
      'action-overdue',
      `SELECT ${columns} FROM action WHERE ended_at IS NULL AND deadline_at < $1 ORDER BY deadline_at LIMIT $2`,
      [now, limit],
    );
    return rows.map(toRecord);
  }

  deploymentStates(id: string): Promise<{ state: string; message: string | null; serviceName: string }[]> {
    return this.sql.query(
      'action-deployment-states',
      `SELECT d.state, d.message, s.name AS "serviceName" FROM deployment d JOIN service s ON s.id = d.service_id WHERE d.action_id = $1`,
      [id],
    );
  }
}
