import type { Role } from '#libs/domain/identity/role.js';

/**
 * Who asks, for which tenant, from where. The first parameter of every use case; a tenant repository cannot be
 * reached without one.
 */
export interface RequestContext {
  userId: string;
  userName: string;
  /** Null for a login token. */
  apiKeyId: string | null;
  /** The login's session; null for an API key. */
  sessionId: string | null;
  organizationId: string;
  organizationName: string;
  /** The project the call is about: chosen by the namespace in the address, else the credential's own. */
  projectId: string;
  /** The project's namespace, as it stands in addresses. */
  namespace: string;
  /** Roles that hold in this organization and project. */
  roles: readonly Role[];
  /** What the credential's scope allows, whatever the role. */
  access: 'read' | 'write';
  request: RequestOrigin;
}

export interface RequestOrigin {
  id: string;
  ip: string;
  userAgent: string;
  method: string;
  path: string;
}
