import type { OrganizationRole, ProjectRole } from '#libs/domain/identity/role.js';

export interface OrganizationRecord {
  id: string;
  name: string;
  displayName: string;
  createdAt: Date;
  rowVersion: number;
}

export interface UserRecord {
  id: string;
  name: string;
  email: string | null;
  displayName: string;
  /** argon2id; null for a user who signs in by key only. */
  passwordHash: string | null;
  isOperator: boolean;
  disabledAt: Date | null;
  createdAt: Date;
  rowVersion: number;
}

export interface ProjectRecord {
  id: string;
  organizationId: string;
  name: string;
  /** Unique on the platform: it stands in addresses. */
  namespace: string;
  displayName: string;
  createdAt: Date;
  rowVersion: number;
}

export interface ApiKeyRecord {
  id: string;
  organizationId: string;
  /** Null: every project its user may see. */
  projectId: string | null;
  userId: string;
  name: string;
  /** The first characters of the secret, to recognise it by. */
  prefix: string;
  secretHash: Buffer;
  access: 'read' | 'write';
  expiresAt: Date | null;
  revokedAt: Date | null;
  lastUsedAt: Date | null;
  createdAt: Date;
}

export interface LoginSessionRecord {
  id: string;
  userId: string;
  refreshHash: Buffer;
  /** The refresh token before the present one: its reuse ends the session. */
  previousRefreshHash: Buffer | null;
  expiresAt: Date;
  revokedAt: Date | null;
  ip: string | null;
  createdAt: Date;
}

export interface JoinTokenRecord {
  id: string;
  organizationId: string | null;
  nodeClusterId: string | null;
  secretHash: Buffer;
  tags: string[];
  expiresAt: Date;
  usedAt: Date | null;
  usedByNodeId: string | null;
  revokedAt: Date | null;
  createdBy: string | null;
  createdAt: Date;
}

/** A credential's owner with everything authorization needs, in one read. */
export interface PrincipalRecord {
  user: Pick<UserRecord, 'id' | 'name' | 'isOperator' | 'disabledAt'>;
  memberships: { organizationId: string; organizationName: string; role: OrganizationRole }[];
  projectMemberships: { organizationId: string; organizationName: string; projectId: string; role: ProjectRole }[];
  /** Every project of those organizations and memberships, oldest first. */
  projects: { id: string; organizationId: string; namespace: string; name: string }[];
}

/**
 * Users, organizations, credentials. Look-ups of credentials run on the platform role; lists of a tenant on the
 * tenant role, so that row-level security holds for them too.
 */
export interface IdentityRepository {
  insertOrganization(organization: OrganizationRecord): Promise<void>;
  organization(idOrName: string): Promise<OrganizationRecord | null>;
  organizations(
    userId: string | null,
    limit: number,
    offset: number,
  ): Promise<{ rows: OrganizationRecord[]; total: number }>;
  updateOrganization(organization: OrganizationRecord): Promise<number>;
  /** `conflict` while projects, nodes or stacks remain. */
  deleteOrganization(id: string): Promise<void>;

  insertUser(user: UserRecord): Promise<void>;
  user(idOrNameOrEmail: string): Promise<UserRecord | null>;
  users(limit: number, offset: number): Promise<{ rows: UserRecord[]; total: number }>;
  updateUser(user: UserRecord): Promise<number>;
  principal(userId: string): Promise<PrincipalRecord | null>;

  setMembership(organizationId: string, userId: string, role: OrganizationRole): Promise<void>;
  removeMembership(organizationId: string, userId: string): Promise<boolean>;
  members(
    organizationId: string,
    limit: number,
    offset: number,
  ): Promise<{ rows: { user: UserRecord; role: OrganizationRole; since: Date }[]; total: number }>;
  membership(organizationId: string, userId: string): Promise<OrganizationRole | null>;

  insertProject(project: ProjectRecord): Promise<void>;
  project(idOrNamespace: string): Promise<ProjectRecord | null>;
  projects(organizationId: string, limit: number, offset: number): Promise<{ rows: ProjectRecord[]; total: number }>;
  updateProject(project: ProjectRecord): Promise<number>;
  /** `conflict` while living resources remain. */
  deleteProject(id: string): Promise<void>;
  setProjectMembership(organizationId: string, projectId: string, userId: string, role: ProjectRole): Promise<void>;
  removeProjectMembership(projectId: string, userId: string): Promise<boolean>;
  projectMembers(
    projectId: string,
    limit: number,
    offset: number,
  ): Promise<{ rows: { user: UserRecord; role: ProjectRole; since: Date }[]; total: number }>;

  insertApiKey(key: ApiKeyRecord): Promise<void>;
  apiKeyByHash(secretHash: Buffer): Promise<ApiKeyRecord | null>;
  apiKey(id: string): Promise<ApiKeyRecord | null>;
  apiKeys(
    organizationId: string,
    userId: string | null,
    limit: number,
    offset: number,
  ): Promise<{ rows: ApiKeyRecord[]; total: number }>;
  revokeApiKey(id: string, at: Date): Promise<boolean>;
  /** Batched: the last use is noted at most every minute per key. */
  touchApiKeys(ids: string[], at: Date): Promise<void>;

  insertSession(session: LoginSessionRecord): Promise<void>;
  session(id: string): Promise<LoginSessionRecord | null>;
  sessionByRefresh(hash: Buffer): Promise<{ session: LoginSessionRecord; reused: boolean } | null>;
  rotateSession(id: string, from: Buffer, to: Buffer, expiresAt: Date): Promise<boolean>;
  revokeSession(id: string, at: Date): Promise<boolean>;
  revokeSessionsOf(userId: string, at: Date): Promise<number>;

  insertJoinToken(token: JoinTokenRecord): Promise<void>;
  joinToken(id: string): Promise<JoinTokenRecord | null>;
  joinTokens(
    organizationId: string | null,
    limit: number,
    offset: number,
  ): Promise<{ rows: JoinTokenRecord[]; total: number }>;
  revokeJoinToken(id: string, at: Date): Promise<boolean>;
  /** Marks it used and makes the node, or returns false when it was used, revoked or expired meanwhile. */
  redeemJoinToken(
    id: string,
    node: { id: string; name: string; address: string; certificateSerial: string; certificateExpiresAt: Date },
    at: Date,
  ): Promise<boolean>;
  renewNodeCertificate(nodeId: string, fromSerial: string, serial: string, expiresAt: Date): Promise<boolean>;

  /** Private parts sealed with a key outside of the database. */
  signingKeys(): Promise<
    {
      kid: string;
      algorithm: string;
      publicJwk: object;
      privateKeyEncrypted: Buffer;
      retiredAt: Date | null;
      createdAt: Date;
    }[]
  >;
  insertSigningKey(key: {
    kid: string;
    algorithm: string;
    publicJwk: object;
    privateKeyEncrypted: Buffer;
  }): Promise<void>;
  retireSigningKey(kid: string, at: Date): Promise<boolean>;
  certificateAuthority(): Promise<{ id: string; certificatePem: string; privateKeyEncrypted: Buffer } | null>;
  /** False when another process made one first. */
  insertCertificateAuthority(ca: { id: string; certificatePem: string; privateKeyEncrypted: Buffer }): Promise<boolean>;
}
