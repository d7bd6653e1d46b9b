import type { LoginSessionRecord, LoginSessionRepository } from '#libs/core/identity/login-session.repository.port.js';
import type { Sql } from '../connection/sql.js';
import { announce } from './credential.announcement.js';

const columns = `id, user_id AS "userId", refresh_hash AS "refreshHash", previous_refresh_hash AS "previousRefreshHash",
  expires_at AS "expiresAt", revoked_at AS "revokedAt", ip, created_at AS "createdAt"`;

export class PostgresLoginSessionRepository implements LoginSessionRepository {
  constructor(private readonly sql: Sql) {}

  async insert(session: LoginSessionRecord): Promise<void> {
    await this.sql.query(
      'session-insert',
      `INSERT INTO login_session (id, user_id, refresh_hash, expires_at, ip, created_at) VALUES ($1, $2, $3, $4, $5, $6)`,
      [session.id, session.userId, session.refreshHash, session.expiresAt, session.ip, session.createdAt],
    );
  }

  get(id: string): Promise<LoginSessionRecord | null> {
    return this.sql.first('session-get', `SELECT ${columns} FROM login_session WHERE id = $1`, [id]);
  }

  async byRefresh(hash: Buffer): Promise<{ session: LoginSessionRecord; reused: boolean } | null> {
    const session = await this.sql.first<LoginSessionRecord>(
      'session-by-refresh',
      `SELECT ${columns} FROM login_session WHERE refresh_hash = $1 OR previous_refresh_hash = $1
        ORDER BY (refresh_hash = $1) DESC LIMIT 1`,
      [hash],
    );
    return session && { session, reused: !session.refreshHash.equals(hash) };
  }

  async rotate(id: string, from: Buffer, to: Buffer, expiresAt: Date): Promise<boolean> {
    const changed = await this.sql.count(
      'session-rotate',
      `UPDATE login_session SET refresh_hash = $3, previous_refresh_hash = $2, expires_at = $4
        WHERE id = $1 AND refresh_hash = $2 AND revoked_at IS NULL`,
      [id, from, to, expiresAt],
    );
    return changed > 0;
  }

  async revoke(id: string, at: Date): Promise<boolean> {
    const changed = await this.sql.count(
      'session-revoke',
      `UPDATE login_session SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL`,
      [id, at],
    );
    await announce(this.sql, { kind: 'session', id });
    return changed > 0;
  }

  listOf(userId: string, now: Date): Promise<LoginSessionRecord[]> {
    return this.sql.query<LoginSessionRecord>(
      'session-list',
      `SELECT ${columns} FROM login_session WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $2
        ORDER BY created_at DESC, id`,
      [userId, now],
    );
  }

  async revokeOthersOf(userId: string, keptId: string | null, at: Date): Promise<number> {
    const changed = await this.sql.count(
      'session-revoke-others',
      `UPDATE login_session SET revoked_at = $3 WHERE user_id = $1 AND id IS DISTINCT FROM $2 AND revoked_at IS NULL`,
      [userId, keptId, at],
    );
    await announce(this.sql, { kind: 'user', id: userId });
    return changed;
  }

  async revokeAllOf(userId: string, at: Date): Promise<number> {
    const changed = await this.sql.count(
      'session-revoke-all',
      `UPDATE login_session SET revoked_at = $2 WHERE user_id = $1 AND revoked_at IS NULL`,
      [userId, at],
    );
    await announce(this.sql, { kind: 'user', id: userId });
    return changed;
  }
}
