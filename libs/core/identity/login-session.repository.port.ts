export interface LoginSessionRecord {
  id: string;
  userId: string;
  /** SHA-256. */
  refreshHash: Buffer;
  /** The refresh token before the present one: its reuse ends the session. */
  previousRefreshHash: Buffer | null;
  expiresAt: Date;
  revokedAt: Date | null;
  ip: string | null;
  createdAt: Date;
}

export interface LoginSessionRepository {
  insert(session: LoginSessionRecord): Promise<void>;
  get(id: string): Promise<LoginSessionRecord | null>;
  /** Found by its present refresh token, or (`reused`) by the one before. */
  byRefresh(hash: Buffer): Promise<{ session: LoginSessionRecord; reused: boolean } | null>;
  /** False when another call rotated or ended the session first. */
  rotate(id: string, from: Buffer, to: Buffer, expiresAt: Date): Promise<boolean>;
  revoke(id: string, at: Date): Promise<boolean>;
  /** Living ones, newest first. */
  listOf(userId: string, now: Date): Promise<LoginSessionRecord[]>;
  /** All but one; null: all. */
  revokeOthersOf(userId: string, keptId: string | null, at: Date): Promise<number>;
  revokeAllOf(userId: string, at: Date): Promise<number>;
}
