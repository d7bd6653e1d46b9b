import { IsNull, MoreThan, type EntityManager } from 'typeorm';
import { serviceUserName } from '#libs/core/identity/names.js';
import type { PrincipalRecord } from '#libs/core/identity/user.repository.port.js';
import type { ApiKeyRecord, ApiKeyRepository } from '#libs/core/identity/api-key.repository.port.js';
import type { Sql } from '../connection/sql.js';
import { ApiKeyEntity } from './api-key.entity.js';
import { announce } from './credential.announcement.js';

interface ServiceRow {
  id: string;
  name: string;
  projectId: string;
  projectName: string;
  namespace: string;
  organizationId: string;
  organizationName: string;
}

export class PostgresApiKeyRepository implements ApiKeyRepository {
  constructor(
    private readonly sql: Sql,
    private readonly manager: EntityManager,
  ) {}

  async insert(key: ApiKeyRecord): Promise<void> {
    await this.manager.insert(ApiKeyEntity, { ...key });
  }

  /** On the path of every request whose credential is not remembered: one prepared statement. */
  byHash(secretHash: Buffer): Promise<ApiKeyRecord | null> {
    return this.sql.first<ApiKeyRecord>(
      'api-key-by-hash',
      `SELECT id, organization_id AS "organizationId", project_id AS "projectId", user_id AS "userId", service_id AS "serviceId", secret_sealed AS "secretSealed", name, prefix,
              secret_hash AS "secretHash", access, expires_at AS "expiresAt", revoked_at AS "revokedAt",
              last_used_at AS "lastUsedAt", created_at AS "createdAt"
         FROM api_key WHERE secret_hash = $1`,
      [secretHash],
    );
  }

  get(id: string): Promise<ApiKeyRecord | null> {
    return this.manager.findOneBy(ApiKeyEntity, { id });
  }

  async list(
    organizationId: string,
    userId: string | null,
    limit: number,
    offset: number,
  ): Promise<{ rows: ApiKeyRecord[]; total: number }> {
    const [rows, total] = await this.manager.findAndCount(ApiKeyEntity, {
      where: userId === null ? { organizationId } : { organizationId, userId },
      order: { createdAt: 'DESC', id: 'ASC' },
      take: limit,
      skip: offset,
    });
    return { rows, total };
  }

  living(organizationId: string, userId: string, now: Date): Promise<ApiKeyRecord[]> {
    const living = { organizationId, userId, revokedAt: IsNull() };
    return this.manager.find(ApiKeyEntity, {
      where: [
        { ...living, expiresAt: IsNull() },
        { ...living, expiresAt: MoreThan(now) },
      ],
      order: { createdAt: 'DESC', id: 'ASC' },
    });
  }

  async update({ id, name, expiresAt }: Pick<ApiKeyRecord, 'id' | 'name' | 'expiresAt'>): Promise<boolean> {
    const result = await this.manager.update(ApiKeyEntity, { id, revokedAt: IsNull() }, { name, expiresAt });
    await announce(this.sql, { kind: 'api-key', id });
    return (result.affected ?? 0) > 0;
  }

  async revoke(id: string, at: Date): Promise<boolean> {
    const result = await this.manager.update(ApiKeyEntity, { id, revokedAt: IsNull() }, { revokedAt: at });
    await announce(this.sql, { kind: 'api-key', id });
    return (result.affected ?? 0) > 0;
  }

  async revokeUnheld(serviceId: string, at: Date): Promise<number> {
    const rows = await this.sql.query<{ id: string }>(
      'api-key-revoke-unheld',
      `UPDATE api_key k SET revoked_at = $2 WHERE k.service_id = $1 AND k.revoked_at IS NULL
          AND NOT EXISTS (SELECT 1 FROM container c WHERE c.service_id = $1 AND c.api_key_id = k.id AND c.removed_at IS NULL)
        RETURNING k.id`,
      [serviceId, at],
    );
    await announce(this.sql, ...rows.map(({ id }) => ({ kind: 'api-key' as const, id })));
    return rows.length;
  }

  async servicePrincipal(serviceId: string): Promise<PrincipalRecord | null> {
    const row = await this.sql.first<ServiceRow>(
      'api-key-service-principal',
      `SELECT s.id, s.name, p.id AS "projectId", p.organization_id AS "organizationId", p.namespace, p.name AS "projectName",
              o.name AS "organizationName"
         FROM service s JOIN project p ON p.id = s.project_id JOIN organization o ON o.id = p.organization_id
        WHERE s.id = $1 AND s.destroyed_at IS NULL`,
      [serviceId],
    );
    if (!row) return null;
    const { id, name, projectId, organizationId, organizationName, namespace, projectName } = row;
    return {
      user: { id, name: serviceUserName(name), isOperator: false, disabledAt: null },
      memberships: [],
      projectMemberships: [{ organizationId, organizationName, projectId, role: 'project-developer' }],
      projects: [{ id: projectId, organizationId, namespace, name: projectName }],
    };
  }

  async touch(ids: string[], at: Date): Promise<void> {
    if (ids.length === 0) return;
    await this.sql.query(
      'api-key-touch',
      `UPDATE api_key SET last_used_at = $2
        WHERE id = ANY($1::uuid[]) AND (last_used_at IS NULL OR last_used_at < $2)`,
      [ids, at],
    );
  }
}
