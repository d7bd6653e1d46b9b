import type { EntityManager } from 'typeorm';
import type { IdentityRepository } from '#libs/core/identity/identity.repository.port.js';
import type { Sql } from '../connection/sql.js';
import { PostgresApiKeyRepository } from './api-key.repository.js';
import { PostgresJoinTokenRepository } from './join-token.repository.js';
import { PostgresLoginSessionRepository } from './login-session.repository.js';
import { PostgresOrganizationRepository } from './organization.repository.js';
import { PostgresPlatformKeyRepository } from './platform-key.repository.js';
import { PostgresProjectRepository } from './project.repository.js';
import { PostgresUserRepository } from './user.repository.js';

export class PostgresIdentityRepository implements IdentityRepository {
  readonly organizations: PostgresOrganizationRepository;
  readonly users: PostgresUserRepository;
  readonly projects: PostgresProjectRepository;
  readonly apiKeys: PostgresApiKeyRepository;
  readonly sessions: PostgresLoginSessionRepository;
  readonly joinTokens: PostgresJoinTokenRepository;
  readonly keys: PostgresPlatformKeyRepository;

  constructor(sql: Sql, manager: EntityManager) {
    this.organizations = new PostgresOrganizationRepository(sql, manager);
    this.users = new PostgresUserRepository(sql, manager);
    this.projects = new PostgresProjectRepository(sql, manager);
    this.apiKeys = new PostgresApiKeyRepository(sql, manager);
    this.sessions = new PostgresLoginSessionRepository(sql);
    this.joinTokens = new PostgresJoinTokenRepository(sql, manager);
    this.keys = new PostgresPlatformKeyRepository(sql, manager);
  }
}
