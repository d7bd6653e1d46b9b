import type { PrincipalRecord } from './user.repository.port.js';

export interface ApiKeyCredential {
  kind: 'api-key';
  id: string;
  organizationId: string;
  /** Null: every project of the organization that its user may see. */
  projectId: string | null;
  access: 'read' | 'write';
  expiresAt: Date | null;
}

export interface SessionCredential {
  kind: 'session';
  id: string;
}

/** A user with a credential that was found good, and everything authorization needs of both. */
export interface Principal {
  userId: string;
  userName: string;
  isOperator: boolean;
  credential: ApiKeyCredential | SessionCredential;
  memberships: PrincipalRecord['memberships'];
  projectMemberships: PrincipalRecord['projectMemberships'];
  projects: PrincipalRecord['projects'];
}
