export interface ApiKeyRecord {
  id: string;
  organizationId: string;
  /** Null: every project its user may see. */
  projectId: string | null;
  userId: string;
  name: string;
  /** The first characters of the secret, to recognise it by. */
  prefix: string;
  /** SHA-256. */
  secretHash: Buffer;
  access: 'read' | 'write';
  expiresAt: Date | null;
  revokedAt: Date | null;
  lastUsedAt: Date | null;
  createdAt: Date;
}

export interface ApiKeyRepository {
  insert(key: ApiKeyRecord): Promise<void>;
  byHash(secretHash: Buffer): Promise<ApiKeyRecord | null>;
  get(id: string): Promise<ApiKeyRecord | null>;
  /** Newest first; of one user, unless null. */
  list(
    organizationId: string,
    userId: string | null,
    limit: number,
    offset: number,
  ): Promise<{ rows: ApiKeyRecord[]; total: number }>;
  /** False when it was revoked already. */
  revoke(id: string, at: Date): Promise<boolean>;
  /** Batched: the last use is noted at most every minute per key. */
  touch(ids: string[], at: Date): Promise<void>;
}
