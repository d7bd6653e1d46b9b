import { DomainError } from '#libs/domain/error.js';
import { repositoryText, type RepositoryName } from '#libs/domain/registry/repository-name.js';
import type {
  RegistryFilter,
  RegistryRecord,
  RegistryRepository,
  SealedRegistry,
} from '#libs/core/registry/registry.repository.port.js';
import { isUniqueViolation, type Sql } from '../connection/sql.js';
import { Where } from '../connection/where.js';

/** The password is not among them. */
const columns = `id, organization_id AS "organizationId", project_id AS "projectId", host, repository, username,
  description, accepted, created_at AS "createdAt"`;
const sealedColumns = `${columns}, password_sealed AS "sealedPassword"`;

export class PostgresRegistryRepository implements RegistryRepository {
  constructor(private readonly sql: Sql) {}

  async insert(registry: RegistryRecord, sealedPassword: Buffer | null): Promise<void> {
    const { id, organizationId, projectId, host, repository, username, description, accepted, createdAt } = registry;
    await refusingTaken(registry, () =>
      this.sql.query(
        'registry-insert',
        `INSERT INTO registry (id, organization_id, project_id, host, repository, username, password_sealed, description,
                               accepted, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
        [id, organizationId, projectId, host, repository, username, sealedPassword, description, accepted, createdAt],
      ),
    );
  }

  get(projectId: string, host: string, repository: string): Promise<RegistryRecord | null> {
    return this.sql.first<RegistryRecord>(
      'registry-get',
      `SELECT ${columns} FROM registry WHERE project_id = $1 AND host = $2 AND repository = $3`,
      [projectId, host, repository],
    );
  }

  byId(projectId: string, id: string): Promise<SealedRegistry | null> {
    return this.sql.first<SealedRegistry>(
      'registry-by-id',
      `SELECT ${sealedColumns} FROM registry WHERE id = $2 AND project_id = $1`,
      [projectId, id],
    );
  }

  lock(projectId: string, id: string): Promise<SealedRegistry | null> {
    return this.sql.first<SealedRegistry>(
      'registry-lock',
      `SELECT ${sealedColumns} FROM registry WHERE id = $2 AND project_id = $1 FOR UPDATE`,
      [projectId, id],
    );
  }

  fitting(projectId: string, { host, path }: RepositoryName): Promise<SealedRegistry | null> {
    return this.sql.first<SealedRegistry>(
      'registry-fitting',
      `SELECT ${sealedColumns} FROM registry WHERE project_id = $1 AND host = $2 AND repository IN ('', $3)
        ORDER BY repository DESC LIMIT 1`,
      [projectId, host, path],
    );
  }

  async projectOf(id: string): Promise<string | null> {
    const row = await this.sql.first<{ project_id: string }>(
      'registry-project',
      `SELECT project_id FROM registry WHERE id = $1`,
      [id],
    );
    return row?.project_id ?? null;
  }

  async list(projectId: string, filter: RegistryFilter): Promise<{ rows: RegistryRecord[]; total: number }> {
    const where = new Where()
      .add('project_id = ?', projectId)
      .add('host = ?', filter.host)
      .add('repository = ?', filter.repository);
    if (filter.ofRepositories) where.always(`repository <> ''`);
    if (filter.hasCredentials !== undefined) {
      where.always(`username IS ${filter.hasCredentials ? 'NOT NULL' : 'NULL'}`);
    }
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

  async update(registry: RegistryRecord, sealedPassword?: Buffer | null): Promise<boolean> {
    const { id, host, repository, username, description, accepted } = registry;
    const changed = await refusingTaken(registry, () =>
      this.sql.count(
        'registry-update',
        `UPDATE registry SET host = $2, repository = $3, username = $4, description = $5, accepted = $6,
                password_sealed = CASE WHEN $7 THEN $8 ELSE password_sealed END
          WHERE id = $1`,
        [id, host, repository, username, description, accepted, sealedPassword !== undefined, sealedPassword ?? null],
      ),
    );
    return changed > 0;
  }

  async noteAccepted({ id, host, sealedPassword }: SealedRegistry, accepted: boolean): Promise<void> {
    await this.sql.query(
      'registry-note-accepted',
      `UPDATE registry SET accepted = $4 WHERE id = $1 AND host = $2 AND password_sealed IS NOT DISTINCT FROM $3`,
      [id, host, sealedPassword, accepted],
    );
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

async function refusingTaken<T>({ host, repository }: RegistryRecord, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!isUniqueViolation(error, 'registry_repository_key')) throw error;
    const name = repository === '' ? host : repositoryText({ host, path: repository });
    throw new DomainError('conflict', `The project has an entry for "${name}" already.`, { field: 'name' });
  }
}
