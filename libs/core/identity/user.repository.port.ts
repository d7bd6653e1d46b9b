import type { OrganizationRole, ProjectRole } from '#libs/domain/identity/role.js';

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

/** A credential's owner with everything authorization needs, in one read. */
export interface PrincipalRecord {
  user: Pick<UserRecord, 'id' | 'name' | 'isOperator' | 'disabledAt'>;
  memberships: { organizationId: string; organizationName: string; role: OrganizationRole }[];
  projectMemberships: { organizationId: string; organizationName: string; projectId: string; role: ProjectRole }[];
  /** Every project of those organizations and memberships, oldest first. */
  projects: { id: string; organizationId: string; namespace: string; name: string }[];
}

/** A user's roles, each with the id of its membership. */
export interface OwnMemberships {
  organizations: { id: string; organizationId: string; role: OrganizationRole; since: Date }[];
  projects: { id: string; projectId: string; role: ProjectRole; since: Date }[];
}

export interface UserRepository {
  /** `conflict` when the name or the email is taken. */
  insert(user: UserRecord): Promise<void>;
  get(idOrNameOrEmail: string): Promise<UserRecord | null>;
  /** By name. */
  list(limit: number, offset: number): Promise<{ rows: UserRecord[]; total: number }>;
  /** `stale` on another version, `conflict` on a taken name or email; returns the new version. */
  update(user: UserRecord): Promise<number>;
  principal(userId: string): Promise<PrincipalRecord | null>;
  /** Oldest first. */
  memberships(userId: string): Promise<OwnMemberships>;
}
