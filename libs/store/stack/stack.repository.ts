import { DomainError } from '#libs/domain/error.js';
import type { ServiceSpec } from '#libs/domain/service/spec.js';
import type {
  DeployedService,
  StackDetails,
  StackFilter,
  StackRecord,
  StackRepository,
} from '#libs/core/stack/stack.repository.port.js';
import { isUniqueViolation, type Sql } from '../connection/sql.js';
import { Where } from '../connection/where.js';

interface StackRow {
  id: string;
  organization_id: string;
  project_id: string;
  name: string;
  display_name: string | null;
  intent: StackRecord['intent'];
  state: StackRecord['state'];
  synchronized: boolean;
  deployed_at: Date | null;
  destroyed_at: Date | null;
  created_at: Date;
  row_version: number;
}

const toRecord = (row: StackRow): StackRecord => ({
  id: row.id,
  organizationId: row.organization_id,
  projectId: row.project_id,
  name: row.name,
  displayName: row.display_name,
  intent: row.intent,
  state: row.state,
  synchronized: row.synchronized,
  deployedAt: row.deployed_at,
  destroyedAt: row.destroyed_at,
  createdAt: row.created_at,
  rowVersion: row.row_version,
});

const columns = `id, organization_id, project_id, name, display_name, intent, state, synchronized, deployed_at,
  destroyed_at, created_at, row_version`;

export class PostgresStackRepository implements StackRepository {
  constructor(private readonly sql: Sql) {}

  async insert(stack: StackRecord): Promise<void> {
    try {
      await this.sql.query(
        'stack-insert',
        `INSERT INTO stack (id, organization_id, project_id, name, display_name, intent, state, synchronized, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
        [
          stack.id,
          stack.organizationId,
          stack.projectId,
          stack.name,
          stack.displayName,
          stack.intent,
          stack.state,
          stack.synchronized,
          stack.createdAt,
        ],
      );
    } catch (error) {
      if (isUniqueViolation(error, 'stack_name_key')) {
        throw new DomainError('conflict', `There is already a stack called "${stack.name}".`, { field: 'name' });
      }
      throw error;
    }
  }

  async ensure(stack: StackRecord): Promise<void> {
    await this.sql.query(
      'stack-ensure',
      `INSERT INTO stack (id, organization_id, project_id, name, display_name, intent, state, synchronized, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING`,
      [
        stack.id,
        stack.organizationId,
        stack.projectId,
        stack.name,
        stack.displayName,
        stack.intent,
        stack.state,
        stack.synchronized,
        stack.createdAt,
      ],
    );
  }

  async projectOf(id: string): Promise<string | null> {
    const row = await this.sql.first<{ project_id: string }>(
      'stack-project',
      'SELECT project_id FROM stack WHERE id = $1 AND destroyed_at IS NULL',
      [id],
    );
    return row?.project_id ?? null;
  }

  async deployed(projectId: string, serviceIds: string[]): Promise<DeployedService[]> {
    const rows = await this.sql.query<{
      id: string;
      spec: ServiceSpec;
      image_digest: string | null;
      observed_at: Date | null;
      pulled_digest: string | null;
    }>(
      'stack-deployed',
      `SELECT s.id, r.spec, c.image_digest, c.observed_at, p.digest AS pulled_digest
         FROM service s JOIN revision r ON r.service_id = s.id AND r.number = s.revision
         LEFT JOIN pulled_image p
           ON p.service_id = s.id AND p.image = s.spec #>> '{template,image}' AND p.pulled_at > s.deployed_at
         LEFT JOIN LATERAL (
           SELECT max(k.image_digest) FILTER (WHERE k.revision = s.revision) AS image_digest,
                  max(greatest(k.started_at, k.finished_at)) AS observed_at
             FROM container k WHERE k.service_id = s.id AND k.removed_at IS NULL) c ON true
        WHERE s.project_id = $1 AND s.id = ANY($2::uuid[])`,
      [projectId, serviceIds],
    );
    return rows.map((row) => ({
      serviceId: row.id,
      spec: row.spec,
      imageDigest: row.image_digest,
      pulledDigest: row.pulled_digest,
      observedAt: row.observed_at,
    }));
  }

  async get(projectId: string, id: string): Promise<StackRecord | null> {
    const row = await this.sql.first<StackRow>(
      'stack-get',
      `SELECT ${columns} FROM stack WHERE id = $1 AND project_id = $2`,
      [id, projectId],
    );
    return row && toRecord(row);
  }

  async lock(projectId: string, id: string): Promise<StackRecord | null> {
    const row = await this.sql.first<StackRow>(
      'stack-lock',
      `SELECT ${columns} FROM stack WHERE id = $1 AND project_id = $2 AND destroyed_at IS NULL FOR UPDATE`,
      [id, projectId],
    );
    return row && toRecord(row);
  }

  async lockAny(id: string): Promise<StackRecord | null> {
    const row = await this.sql.first<StackRow>(
      'stack-lock-any',
      `SELECT ${columns} FROM stack WHERE id = $1 FOR UPDATE`,
      [id],
    );
    return row && toRecord(row);
  }

  async details(projectId: string, filter: StackFilter): Promise<{ rows: StackDetails[]; total: number }> {
    const where = new Where()
      .add('k.project_id = ?', projectId)
      .add('k.id = ANY(?::uuid[])', filter.ids)
      .add(`k.id::text LIKE ? || '%'`, filter.idPrefix)
      .add('k.name = ?', filter.name)
      .add('k.state = ANY(?)', filter.states)
      .always(
        filter.includeTerminated
          ? `(k.destroyed_at IS NULL OR k.destroyed_at > now() - interval '1 hour')`
          : 'k.destroyed_at IS NULL',
      );
    const condition = where.text;
    const limit = where.value(filter.limit);
    const offset = where.value(filter.offset);
    const rows = await this.sql.shaped<StackRow & { services: { id: string; name: string }[] | null; total: number }>(
      'stack-details',
      `SELECT k.*, coalesce(s.services, '[]') AS services
         FROM (SELECT ${columns}, count(*) OVER () AS total FROM stack k ${condition}
                ORDER BY k.created_at, k.id LIMIT ${limit} OFFSET ${offset}) k
         LEFT JOIN LATERAL (
           SELECT json_agg(json_build_object('id', s.id, 'name', s.name) ORDER BY s.created_at, s.id) AS services
             FROM service s WHERE s.stack_id = k.id AND (s.destroyed_at IS NULL OR k.destroyed_at IS NOT NULL)) s ON true
        ORDER BY k.created_at, k.id`,
      where.values,
    );
    const details = rows.map((row) => ({ ...toRecord(row), services: row.services ?? [] }));
    return { rows: details, total: rows[0]?.total ?? (filter.offset ? await this.count(condition, where) : 0) };
  }

  /** Only a page behind the last one has no row that carries the total. */
  private async count(condition: string, where: Where): Promise<number> {
    const [row] = await this.sql.vary<{ total: number }>(
      `SELECT count(*) AS total FROM stack k ${condition}`,
      where.values.slice(0, -2),
    );
    return row?.total ?? 0;
  }

  async update(stack: StackRecord): Promise<number> {
    const row = await this.sql.first<{ row_version: number }>(
      'stack-update',
      `UPDATE stack SET display_name = $3, intent = $4, state = $5, synchronized = $6, deployed_at = $7, destroyed_at = $8,
              row_version = row_version + 1
        WHERE id = $1 AND row_version = $2 RETURNING row_version`,
      [
        stack.id,
        stack.rowVersion,
        stack.displayName,
        stack.intent,
        stack.state,
        stack.synchronized,
        stack.deployedAt,
        stack.destroyedAt,
      ],
    );
    if (!row)
      throw new DomainError(
        'stale',
        `Stack "${stack.name}" was changed by somebody else meanwhile; read it and try again.`,
      );
    return row.row_version;
  }
}
