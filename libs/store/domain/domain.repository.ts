import type { DomainOwner, DomainRecord, DomainRepository } from '#libs/core/domain/domain.repository.port.js';
import { isId } from '#libs/domain/id.js';
import type { Sql } from '../connection/sql.js';
import { refusing, stale } from '../identity/refused-write.js';

const columns = `id, organization_id AS "organizationId", project_id AS "projectId", name, token, granted,
  verified_at AS "verifiedAt", verified_by AS "verifiedBy", checked_at AS "checkedAt", problem,
  created_at AS "createdAt", row_version AS "rowVersion"`;

/** One lock for all names: a name’s owner depends on those above and below it. */
const owners = `hashtextextended('pierhead:domain-owners', 0)`;

const taken = {
  domain_name_key: { field: 'name', sentence: 'name: the project has this domain already.' },
  domain_owner_key: { field: 'host', sentence: 'host: this name was just taken by somebody else; choose another.' },
};

export class PostgresDomainRepository implements DomainRepository {
  constructor(private readonly sql: Sql) {}

  async insert(domain: DomainRecord): Promise<void> {
    await refusing(taken, () =>
      this.sql.query(
        'domain-insert',
        `INSERT INTO domain (id, organization_id, project_id, name, token, granted, verified_at, verified_by, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
        [
          domain.id,
          domain.organizationId,
          domain.projectId,
          domain.name,
          domain.token,
          domain.granted,
          domain.verifiedAt,
          domain.verifiedBy,
          domain.createdAt,
        ],
      ),
    );
  }

  get(projectId: string, nameOrId: string): Promise<DomainRecord | null> {
    return this.sql.first<DomainRecord>(
      'domain-get',
      `SELECT ${columns} FROM domain WHERE project_id = $1 AND (name = $2 OR id = $3)`,
      [projectId, nameOrId, isId(nameOrId) ? nameOrId : null],
    );
  }

  async projectOf(id: string): Promise<string | null> {
    const row = await this.sql.first<{ project_id: string }>(
      'domain-project',
      `SELECT project_id FROM domain WHERE id = $1`,
      [id],
    );
    return row?.project_id ?? null;
  }

  async list(projectId: string, limit: number, offset: number): Promise<{ rows: DomainRecord[]; total: number }> {
    const rows = await this.sql.query<DomainRecord>(
      'domain-list',
      `SELECT ${columns} FROM domain WHERE project_id = $1 ORDER BY created_at, id LIMIT $2 OFFSET $3`,
      [projectId, limit, offset],
    );
    const row = await this.sql.first<{ total: number }>(
      'domain-count',
      `SELECT count(*) AS total FROM domain WHERE project_id = $1`,
      [projectId],
    );
    return { rows, total: row?.total ?? 0 };
  }

  async update(domain: DomainRecord): Promise<number> {
    const row = await refusing(taken, () =>
      this.sql.first<{ version: number }>(
        'domain-update',
        `UPDATE domain SET verified_at = $3, verified_by = $4, checked_at = $5, problem = $6, row_version = row_version + 1
          WHERE id = $1 AND row_version = $2 RETURNING row_version AS version`,
        [domain.id, domain.rowVersion, domain.verifiedAt, domain.verifiedBy, domain.checkedAt, domain.problem],
      ),
    );
    if (!row) throw stale('domain');
    return row.version;
  }

  async delete(id: string): Promise<void> {
    await this.sql.query('domain-delete', `DELETE FROM domain WHERE id = $1`, [id]);
  }

  async releaseGrant(organizationId: string, name: string): Promise<void> {
    await this.sql.query(
      'domain-release-grant',
      `DELETE FROM domain d WHERE d.organization_id = $1 AND d.name = $2 AND d.granted
          AND NOT EXISTS (SELECT FROM route r WHERE r.organization_id = $1 AND '.' || r.host LIKE '%.' || $2)`,
      [organizationId, name],
    );
  }

  async holdOwners(): Promise<void> {
    await this.sql.query('domain-hold-owners', `SELECT pg_advisory_xact_lock_shared(${owners})`);
  }

  async changeOwners(): Promise<void> {
    await this.sql.query('domain-change-owners', `SELECT pg_advisory_xact_lock(${owners})`);
  }

  ownerOf(names: string[]): Promise<DomainOwner | null> {
    return this.sql.first<DomainOwner>('domain-owner-of', `SELECT name, mine FROM owner_of_host($1::text[])`, [names]);
  }

  verified(name: string): Promise<DomainRecord | null> {
    return this.sql.first<DomainRecord>(
      'domain-verified',
      `SELECT ${columns} FROM domain WHERE name = $1 AND verified_at IS NOT NULL`,
      [name],
    );
  }

  async ownedOf(organizationId: string, hosts: string[]): Promise<string[]> {
    const rows = await this.sql.query<{ host: string }>(
      'domain-owned-of',
      `SELECT h.host FROM unnest($2::text[]) AS h (host)
        WHERE (SELECT d.organization_id FROM domain d
                WHERE d.verified_at IS NOT NULL AND '.' || h.host LIKE '%.' || d.name
                ORDER BY length(d.name) DESC LIMIT 1) = $1`,
      [organizationId, hosts],
    );
    return rows.map(({ host }) => host);
  }
}
