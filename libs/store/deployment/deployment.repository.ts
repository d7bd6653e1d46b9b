import type { DeploymentRecord, DeploymentRepository } from '#libs/core/service/deployment.repository.port.js';
import type { Sql } from '../connection/sql.js';

export interface DeploymentRow {
  id: string;
  organization_id: string;
  project_id: string;
  service_id: string;
  action_id: string | null;
  kind: DeploymentRecord['kind'];
  state: DeploymentRecord['state'];
  from_revision: number | null;
  to_revision: number;
  rolling_back: boolean;
  progress_slots: number;
  message: string | null;
  started_at: Date;
  last_progress_at: Date | null;
  complete_since: Date | null;
  deadline_at: Date;
  ended_at: Date | null;
  environment: DeploymentRecord['environment'];
}

const columns = `id, organization_id, project_id, service_id, action_id, kind, state, from_revision, to_revision, rolling_back, progress_slots,
  message, started_at, last_progress_at, complete_since, deadline_at, ended_at, environment`;

const toRecord = (row: DeploymentRow): DeploymentRecord => ({
  id: row.id,
  organizationId: row.organization_id,
  projectId: row.project_id,
  serviceId: row.service_id,
  actionId: row.action_id,
  kind: row.kind,
  state: row.state,
  fromRevision: row.from_revision,
  toRevision: row.to_revision,
  rollingBack: row.rolling_back,
  progressSlots: row.progress_slots,
  message: row.message,
  startedAt: row.started_at,
  lastProgressAt: row.last_progress_at,
  completeSince: row.complete_since,
  deadlineAt: row.deadline_at,
  endedAt: row.ended_at,
  environment: row.environment,
});

export class PostgresDeploymentRepository implements DeploymentRepository {
  constructor(private readonly sql: Sql) {}

  async insert(...deployments: DeploymentRecord[]): Promise<void> {
    await this.sql.query(
      'deployment-insert',
      `INSERT INTO deployment (id, organization_id, project_id, service_id, action_id, kind, state, from_revision, to_revision,
                               started_at, deadline_at, environment)
       SELECT id, organization_id, project_id, service_id, action_id, kind, state, from_revision, to_revision, started_at,
              deadline_at, environment
         FROM jsonb_to_recordset($1::jsonb) AS r (id uuid, organization_id uuid, project_id uuid, service_id uuid,
              action_id uuid, kind text, state text, from_revision integer, to_revision integer, started_at timestamptz,
              deadline_at timestamptz, environment jsonb)`,
      [
        JSON.stringify(
          deployments.map((deployment) => ({
            id: deployment.id,
            organization_id: deployment.organizationId,
            project_id: deployment.projectId,
            service_id: deployment.serviceId,
            action_id: deployment.actionId,
            kind: deployment.kind,
            state: deployment.state,
            from_revision: deployment.fromRevision,
            to_revision: deployment.toRevision,
            started_at: deployment.startedAt,
            deadline_at: deployment.deadlineAt,
            environment: deployment.environment,
          })),
        ),
      ],
    );
  }

  async open(serviceId: string): Promise<DeploymentRecord | null> {
    const row = await this.sql.first<DeploymentRow>(
      'deployment-open',
      `SELECT ${columns} FROM deployment WHERE service_id = $1 AND ended_at IS NULL`,
      [serviceId],
    );
    return row && toRecord(row);
  }

  async endOpen(
    serviceId: string,
    state: 'superseded' | 'canceled',
    message: string,
    at: Date,
  ): Promise<DeploymentRecord | null> {
    const row = await this.sql.first<DeploymentRow>(
      'deployment-end-open',
      `UPDATE deployment SET state = $2, message = $3, ended_at = $4 WHERE service_id = $1 AND ended_at IS NULL RETURNING ${columns}`,
      [serviceId, state, message, at],
    );
    return row && toRecord(row);
  }

  async supersede(services: { id: string; message: string }[], at: Date): Promise<string[]> {
    const rows = await this.sql.query<{ action_id: string | null }>(
      'deployment-supersede',
      `UPDATE deployment d SET state = 'superseded', message = r.message, ended_at = $2
         FROM jsonb_to_recordset($1::jsonb) AS r (id uuid, message text)
        WHERE d.service_id = r.id AND d.ended_at IS NULL RETURNING d.action_id`,
      [JSON.stringify(services), at],
    );
    return [...new Set(rows.flatMap((row) => row.action_id ?? []))];
  }

  async ofAction(actionId: string): Promise<DeploymentRecord[]> {
    const rows = await this.sql.query<DeploymentRow>(
      'deployment-of-action',
      `SELECT ${columns} FROM deployment WHERE action_id = $1 ORDER BY service_id`,
      [actionId],
    );
    return rows.map(toRecord);
  }

  async list(projectId: string, serviceId: string, limit: number): Promise<DeploymentRecord[]> {
    const rows = await this.sql.query<DeploymentRow>(
      'deployment-list',
      `SELECT ${columns} FROM deployment WHERE project_id = $1 AND service_id = $2 ORDER BY started_at DESC, id LIMIT $3`,
      [projectId, serviceId, limit],
    );
    return rows.map(toRecord);
  }

  async update(deployment: DeploymentRecord): Promise<void> {
    await this.sql.query(
      'deployment-update',
      `UPDATE deployment SET state = $2, message = $3, rolling_back = $4, last_progress_at = $5, complete_since = $6, deadline_at = $7,
              ended_at = $8, progress_slots = $9 WHERE id = $1`,
      [
        deployment.id,
        deployment.state,
        deployment.message,
        deployment.rollingBack,
        deployment.lastProgressAt,
        deployment.completeSince,
        deployment.deadlineAt,
        deployment.endedAt,
        deployment.progressSlots,
      ],
    );
  }
}
