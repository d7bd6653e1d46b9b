import { IsNull, type EntityManager } from 'typeorm';
import type { ApiKeyRecord, ApiKeyRepository } from '#libs/core/identity/api-key.repository.port.js';
import type { Sql } from '../connection/sql.js';
import { ApiKeyEntity } from './api-key.entity.js';
import { announce } from './credential.announcement.js';

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
      `SELECT id, organization_id AS "organizationId", project_id AS "projectId", user_id AS "userId", name, prefix,
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

  async revoke(id: string, at: Date): Promise<boolean> {
    const result = await this.manager.update(ApiKeyEntity, { id, revokedAt: IsNull() }, { revokedAt: at });
    await announce(this.sql, { kind: 'api-key', id });
    return (result.affected ?? 0) > 0;
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
