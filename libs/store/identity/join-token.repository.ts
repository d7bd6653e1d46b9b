import { IsNull, type EntityManager } from 'typeorm';
import type {
  JoiningNode,
  JoinTokenRecord,
  JoinTokenRepository,
} from '#libs/core/identity/join-token.repository.port.js';
import type { Sql } from '../connection/sql.js';
import { JoinTokenEntity } from './join-token.entity.js';

export class PostgresJoinTokenRepository implements JoinTokenRepository {
  constructor(
    private readonly sql: Sql,
    private readonly manager: EntityManager,
  ) {}

  async insert(token: JoinTokenRecord): Promise<void> {
    await this.manager.insert(JoinTokenEntity, { ...token });
  }

  get(id: string): Promise<JoinTokenRecord | null> {
    return this.manager.findOneBy(JoinTokenEntity, { id });
  }

  async list(
    organizationId: string | null,
    limit: number,
    offset: number,
  ): Promise<{ rows: JoinTokenRecord[]; total: number }> {
    const [rows, total] = await this.manager.findAndCount(JoinTokenEntity, {
      where: { organizationId: organizationId ?? IsNull() },
      order: { createdAt: 'DESC', id: 'ASC' },
      take: limit,
      skip: offset,
    });
    return { rows, total };
  }

  async revoke(id: string, at: Date): Promise<boolean> {
    const result = await this.manager.update(
      JoinTokenEntity,
      { id, revokedAt: IsNull(), usedAt: IsNull() },
      { revokedAt: at },
    );
    return (result.affected ?? 0) > 0;
  }

  /** One statement: of two that race for the token, the second finds it used when the first has committed. */
  async redeem(id: string, node: JoiningNode, at: Date): Promise<boolean> {
    const made = await this.sql.count(
      'join-token-redeem',
      `WITH token AS (
         UPDATE join_token SET used_at = $2, used_by_node_id = $3
          WHERE id = $1 AND used_at IS NULL AND revoked_at IS NULL AND expires_at > $2
          RETURNING organization_id, node_cluster_id, tags)
       INSERT INTO node (id, organization_id, node_cluster_id, name, state, tags, address, certificate_serial,
                         certificate_expires_at, created_at)
       SELECT $3, organization_id, node_cluster_id, $4, 'joining', tags, $5, $6, $7, $2 FROM token`,
      [id, at, node.id, node.name, node.address, node.certificateSerial, node.certificateExpiresAt],
    );
    return made > 0;
  }

  async renewCertificate(nodeId: string, fromSerial: string, serial: string, expiresAt: Date): Promise<boolean> {
    const changed = await this.sql.count(
      'node-renew-certificate',
      `UPDATE node SET certificate_serial = $3, previous_certificate_serial = $2, certificate_expires_at = $4
        WHERE id = $1 AND $2 IN (certificate_serial, previous_certificate_serial)
          AND revoked_at IS NULL AND removed_at IS NULL`,
      [nodeId, fromSerial, serial, expiresAt],
    );
    return changed > 0;
  }
}
