import type { FactoryProvider } from '@nestjs/common';
import { AccessTokens, SigningKeys } from '#libs/core/identity/access-tokens.port.js';
import { ApiKeyService } from '#libs/core/identity/api-key.service.js';
import { AuditService } from '#libs/core/identity/audit.service.js';
import { CredentialInvalidations } from '#libs/core/identity/credential-invalidations.port.js';
import { JoinTokenService } from '#libs/core/identity/join-token.service.js';
import { MemberService } from '#libs/core/identity/member.service.js';
import { MembershipQueries } from '#libs/core/identity/membership.queries.js';
import { OrganizationService } from '#libs/core/identity/organization.service.js';
import { PasswordHasher } from '#libs/core/identity/password-hasher.port.js';
import { ProjectMemberService } from '#libs/core/identity/project-member.service.js';
import { ProjectService } from '#libs/core/identity/project.service.js';
import { RateLimiter } from '#libs/core/identity/rate-limiter.port.js';
import { SessionService } from '#libs/core/identity/session.service.js';
import { SigningKeyService } from '#libs/core/identity/signing-key.service.js';
import { UserService } from '#libs/core/identity/user.service.js';
import { AuthorityPin } from '#libs/core/node/enrollment.port.js';
import { NodeClusterService } from '#libs/core/node/node-cluster.service.js';
import { NodeService } from '#libs/core/node/node.service.js';
import { QuotaService } from '#libs/core/quota/quota.service.js';
import { UnitOfWork } from '#libs/core/unit-of-work/unit-of-work.port.js';
import { Clock } from '#libs/platform/clock.js';

type Made<A extends unknown[], T> = new (...dependencies: A) => T;
type Tokens<A extends unknown[]> = { [K in keyof A]: abstract new (...given: never[]) => A[K] };

/** A use case knows no framework; its dependencies are named here, and the compiler checks their order. */
const provide = <A extends unknown[], T>(useCase: Made<A, T>, ...inject: Tokens<A>): FactoryProvider<T> => ({
  provide: useCase,
  inject,
  useFactory: (...dependencies: unknown[]) => new useCase(...(dependencies as A)),
});

export const identityUseCases: FactoryProvider[] = [
  provide(SessionService, UnitOfWork, Clock, PasswordHasher, AccessTokens, RateLimiter, CredentialInvalidations),
  provide(OrganizationService, UnitOfWork, Clock, PasswordHasher, CredentialInvalidations),
  provide(MemberService, UnitOfWork, Clock, CredentialInvalidations),
  provide(ProjectService, UnitOfWork, Clock, CredentialInvalidations),
  provide(ProjectMemberService, UnitOfWork, Clock, CredentialInvalidations),
  provide(MembershipQueries, UnitOfWork),
  provide(UserService, UnitOfWork, Clock, PasswordHasher, CredentialInvalidations),
  provide(ApiKeyService, UnitOfWork, Clock, CredentialInvalidations),
  provide(JoinTokenService, UnitOfWork, Clock, AuthorityPin),
  provide(SigningKeyService, UnitOfWork, Clock, SigningKeys, CredentialInvalidations),
  provide(AuditService, UnitOfWork),
  provide(NodeService, UnitOfWork, Clock),
  provide(NodeClusterService, UnitOfWork, Clock),
  provide(QuotaService, UnitOfWork, Clock),
];
