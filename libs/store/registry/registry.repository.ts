import { DomainError } from '#libs/domain/error.js';
import { repositoryText } from '#libs/domain/registry/repository-name.js';
import type {
  RegistryFilter,
  RegistryRecord,
  RegistryRepository,
} from '#libs/core/registry/registry.repository.port.js';
import { isUniqueViolation, type Sql } from '../connection/sql.js';
import { Where } from '../connection/where.js';

/** The password is not among them. */
const columns = `id, organization_id AS "organizationId", project_id AS "projectId", host, repository, username,
  created_at AS "createdAt"`;

export class PostgresRegistryRepository implements RegistryRepository {
  constructor(private readonly sql: Sql) {}

  async insert(registry: RegistryRecord, sealedPassword: Buffer | null): Promise<void> {
    const { id, organizationId, projectId, host, repository, username, createdAt } = registry;
    try {
      await this.sql.query(
        'registry-insert',
        `INSERT INTO registry (id, organization_id, project_id, host, repository, username, password_sealed, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
        [id, organizationId, projectId, host, repository, username, sealedPassword, createdAt],
      );
    } catch (error) {
      if (!isUniqueViolation(error, 'registry_repository_key')) throw error;
      const name = repositoryText({ host, path: repository });
      throw new DomainError('conflict', `The repository "${name}" was added already.`, { field: 'name' });
    }
  }

  get(projectId: string, host: string, repository: string): Promise<RegistryRecord | null> {
    return this.sql.first<RegistryRecord>(
      'registry-get',
      `SELECT ${columns} FROM registry WHERE project_id = $1 AND host = $2 AND repository = $3`,
      [projectId, host, repository],
    );
  }

  async list(projectId: string, filter: RegistryFilter): Promise<{ rows: RegistryRecord[]; total: number }> {
    const where = new Where()
      .add('project_id = ?', projectId)
      .add('host = ?', filter.host)
      .add('repository = ?', filter.repository);
    if (filter.ofRepositories) where.always(`repository <> ''`);
    const condition = where.text;
    const [limit, offset] = [where.value(filter.limit), where.value(filter.offset)];
    const rows = await this.sql.vary<RegistryRecord & { total: number }>(
      `SELECT n.total, r.* FROM (SELECT count(*) AS total FROM registry ${condition}) n
         LEFT JOIN (SELECT ${columns} FROM registry ${condition} ORDER BY host, repository
                     LIMIT ${limit} OFFSET ${offset}) r ON true`,
      where.values,
    );
    // Without a row of its own the count stands alone.
    return { rows: rows.flatMap(({ total: _, ...row }) => (row.id ? [row] : [])), total: rows[0]?.total ?? 0 };
  }

  async hosts(projectId: string): Promise<string[]> {
    const rows = await this.sql.query<{ host: string }>(
      'registry-hosts',
      `SELECT DISTINCT host FROM registry WHERE project_id = $1 ORDER BY host`,
      [projectId],
    );
    return rows.map((row) => row.host);
  }

  async update(id: string, username: string | null, sealedPassword: Buffer | null): Promise<boolean> {
    const changed = await this.sql.count(
      'registry-update',
      `UPDATE registry SET username = $2, password_sealed = $3 WHERE id = $1`,
      [id, username, sealedPassword],
    );
    return changed > 0;
  }

  async delete(id: string): Promise<void> {
    await this.sql.query('registry-delete', `DELETE FROM registry WHERE id = $1`, [id]);
  }

  async imagesInUse(projectId: string): Promise<string[]> {
    const rows = await this.sql.query<{ image: string }>(
      'registry-images-in-use',
      `SELECT spec #>> '{template,image}' AS image FROM service WHERE project_id = $1 AND destroyed_at IS NULL
       UNION
       SELECT template ->> 'image' FROM container
        WHERE project_id = $1 AND service_id IS NULL AND removed_at IS NULL AND template IS NOT NULL`,
      [projectId],
    );
    return rows.map((row) => row.image);
  }
}
