import type { ApiKeyRepository } from './api-key.repository.port.js';
import type { JoinTokenRepository } from './join-token.repository.port.js';
import type { LoginSessionRepository } from './login-session.repository.port.js';
import type { OrganizationRepository } from './organization.repository.port.js';
import type { PlatformKeyRepository } from './platform-key.repository.port.js';
import type { ProjectRepository } from './project.repository.port.js';
import type { UserRepository } from './user.repository.port.js';

/**
 * Users, organizations, credentials. Look-ups of credentials run on the platform role; lists of a tenant on the
 * tenant role, so that row-level security holds for them too. Whatever changes what a credential may do announces
 * it (`CredentialInvalidations`) in the same transaction.
 */
export interface IdentityRepository {
  readonly organizations: OrganizationRepository;
  readonly users: UserRepository;
  readonly projects: ProjectRepository;
  readonly apiKeys: ApiKeyRepository;
  readonly sessions: LoginSessionRepository;
  readonly joinTokens: JoinTokenRepository;
  readonly keys: PlatformKeyRepository;
}
