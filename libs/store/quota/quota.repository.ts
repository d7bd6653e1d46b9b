import { randomUUID } from 'node:crypto';
import { DomainError } from '#libs/domain/error.js';
import { quotaResources, type QuotaResource } from '#libs/domain/quota/quota.js';
import type { QuotaLine, QuotaRepository } from '#libs/core/quota/quota.repository.port.js';
import type { Sql } from '../connection/sql.js';
import { countedText } from './quota.recount.js';
import { quotaSentence } from './quota.sentence.js';

interface LimitRow {
  resource: QuotaResource;
  project_id: string | null;
  limit: number;
}

interface UsedRow {
  resource: QuotaResource;
  used: number;
}

interface Taking {
  organizationId: string;
  projectId: string;
  amounts: Partial<Record<QuotaResource, number>>;
}

/**
 * Counters per project. An organization's use is the sum of its projects'; its limit's row is held while counting,
 * so that two projects cannot pass the limit together. Without a limit nobody waits for anybody.
 */
export class PostgresQuotaRepository implements QuotaRepository {
  private readonly waiting = new Map<string, Taking>();

  constructor(private readonly sql: Sql) {}

  async take(
    organizationId: string,
    projectId: string,
    amounts: Partial<Record<QuotaResource, number>>,
  ): Promise<void> {
    // One order for all, so that two transactions never wait for each other in a circle.
    const wanted = quotaResources.filter((resource) => amounts[resource]);
    if (wanted.length === 0) return;
    const growing = wanted.filter((resource) => (amounts[resource] ?? 0) > 0);
    const limits = growing.length > 0 ? await this.lockLimits(organizationId, projectId, growing) : [];
    const used = await this.sql.query<UsedRow>(
      'quota-take',
      `INSERT INTO usage AS u (organization_id, project_id, resource, used)
       SELECT $1, $2, t.resource, greatest(0, t.amount)
         FROM unnest($3::text[], $4::bigint[]) AS t (resource, amount) ORDER BY t.resource
       ON CONFLICT (organization_id, project_id, resource) DO UPDATE
         SET used = greatest(0, u.used + (SELECT t.amount FROM unnest($3::text[], $4::bigint[]) AS t (resource, amount)
                                           WHERE t.resource = u.resource))
       RETURNING resource, used`,
      [organizationId, projectId, wanted, wanted.map((resource) => amounts[resource])],
    );
    if (limits.length === 0) return;
    const ofProject = limits.filter((limit) => limit.project_id !== null);
    check('project', ofProject, used, amounts);
    const ofOrganization = limits.filter((limit) => limit.project_id === null);
    if (ofOrganization.length > 0) {
      check('organization', ofOrganization, await this.sums(organizationId), amounts);
    }
  }

  takeWithCommit(
    organizationId: string,
    projectId: string,
    amounts: Partial<Record<QuotaResource, number>>,
  ): Promise<void> {
    if (this.waiting.size === 0) this.sql.atEnd(() => this.takeWaiting());
    const key = `${organizationId} ${projectId}`;
    const sum = this.waiting.get(key) ?? { organizationId, projectId, amounts: {} };
    for (const resource of quotaResources) {
      const amount = amounts[resource];
      if (amount) sum.amounts[resource] = (sum.amounts[resource] ?? 0) + amount;
    }
    this.waiting.set(key, sum);
    return Promise.resolve();
  }

  private async takeWaiting(): Promise<void> {
    const waiting = [...this.waiting].sort(([a], [b]) => (a < b ? -1 : 1));
    this.waiting.clear();
    for (const [, { organizationId, projectId, amounts }] of waiting) {
      await this.take(organizationId, projectId, amounts);
    }
  }

  async usage(organizationId: string, projectId: string | null): Promise<QuotaLine[]> {
    const rows = await this.sql.query<{ resource: QuotaResource; used: number; limit: number | null }>(
      'quota-usage',
      `SELECT r.resource,
              coalesce((SELECT sum(u.used) FROM usage u WHERE u.organization_id = $1 AND u.resource = r.resource
                           AND ($2::uuid IS NULL OR u.project_id = $2)), 0)::bigint AS used,
              (SELECT q."limit" FROM quota q WHERE q.organization_id = $1 AND q.resource = r.resource
                  AND q.project_id IS NOT DISTINCT FROM $2::uuid) AS "limit"
         FROM unnest($3::text[]) WITH ORDINALITY AS r (resource, position) ORDER BY r.position`,
      [organizationId, projectId, quotaResources],
    );
    return rows.map(({ resource, used, limit }) => ({ resource, used, limit }));
  }

  async setLimit(
    organizationId: string,
    projectId: string | null,
    resource: QuotaResource,
    limit: number | null,
  ): Promise<void> {
    if (limit === null) {
      await this.sql.query(
        'quota-clear-limit',
        `DELETE FROM quota WHERE organization_id = $1 AND project_id IS NOT DISTINCT FROM $2::uuid AND resource = $3`,
        [organizationId, projectId, resource],
      );
      return;
    }
    await this.sql.query(
      'quota-set-limit',
      `INSERT INTO quota (id, organization_id, project_id, resource, "limit") VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (organization_id, coalesce(project_id, '00000000-0000-0000-0000-000000000000'), resource)
       DO UPDATE SET "limit" = excluded."limit"`,
      [randomUUID(), organizationId, projectId, resource, limit],
    );
  }

  async recount(
    organizationId: string,
  ): Promise<{ projectId: string; resource: QuotaResource; counted: number; was: number }[]> {
    const rows = await this.sql.query<{ project_id: string; resource: QuotaResource; counted: number; was: number }>(
      'quota-recount',
      countedText,
      [organizationId],
    );
    for (const row of rows) {
      await this.sql.query(
        'quota-correct',
        `INSERT INTO usage (organization_id, project_id, resource, used) VALUES ($1, $2, $3, $4)
         ON CONFLICT (organization_id, project_id, resource) DO UPDATE SET used = excluded.used`,
        [organizationId, row.project_id, row.resource, row.counted],
      );
    }
    return rows.map(({ project_id, resource, counted, was }) => ({ projectId: project_id, resource, counted, was }));
  }

  private lockLimits(organizationId: string, projectId: string, resources: QuotaResource[]): Promise<LimitRow[]> {
    return this.sql.query<LimitRow>(
      'quota-lock-limits',
      `SELECT resource, project_id, "limit" FROM quota
        WHERE organization_id = $1 AND (project_id IS NULL OR project_id = $2) AND resource = ANY($3::text[])
          AND "limit" IS NOT NULL
        ORDER BY resource, project_id FOR UPDATE`,
      [organizationId, projectId, resources],
    );
  }

  private sums(organizationId: string): Promise<UsedRow[]> {
    return this.sql.query<UsedRow>(
      'quota-sums',
      `SELECT resource, sum(used)::bigint AS used FROM usage WHERE organization_id = $1 GROUP BY resource`,
      [organizationId],
    );
  }
}

function check(
  owner: 'project' | 'organization',
  limits: LimitRow[],
  used: UsedRow[],
  amounts: Partial<Record<QuotaResource, number>>,
): void {
  for (const { resource, limit } of limits) {
    const now = used.find((row) => row.resource === resource)?.used ?? 0;
    if (now <= limit) continue;
    const asked = amounts[resource] ?? 0;
    throw new DomainError('quota', quotaSentence(owner, resource, { limit, used: now - asked, asked }));
  }
}
