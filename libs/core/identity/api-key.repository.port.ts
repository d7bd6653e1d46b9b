import type { PrincipalRecord } from './user.repository.port.js';

export interface ApiKeyRecord {
  id: string;
  organizationId: string;
  /** Null: every project its user may see. */
  projectId: string | null;
  /** Whose it is: a user's, or a service's for its containers. One of the two. */
  userId: string | null;
  serviceId: string | null;
  name: string;
  /** The first characters of the secret, to recognise it by. */
  prefix: string;
  /** SHA-256. */
  secretHash: Buffer;
  /** Of a service's key: what its containers are given, readable with the master key only. */
  secretSealed: Buffer | null;
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
  /** Of one user, neither revoked nor expired; newest first. */
  living(organizationId: string, userId: string, now: Date): Promise<ApiKeyRecord[]>;
  /** Its name and its end; false when it was revoked. */
  update(key: Pick<ApiKeyRecord, 'id' | 'name' | 'expiresAt'>): Promise<boolean>;
  /** False when it was revoked already. */
  revoke(id: string, at: Date): Promise<boolean>;
  /** Revokes keys of the service that no living container holds; returns how many. */
  revokeUnheld(serviceId: string, at: Date): Promise<number>;
  /** A service as the owner of a key: a developer of its project and nothing else. Null when it has terminated. */
  servicePrincipal(serviceId: string): Promise<PrincipalRecord | null>;
  /** Batched: the last use is noted at most every minute per key. */
  touch(ids: string[], at: Date): Promise<void>;
}
