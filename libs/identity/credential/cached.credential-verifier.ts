import { createHash } from 'node:crypto';
import type { AccessTokens } from '#libs/core/identity/access-tokens.port.js';
import { CredentialVerifier, type CredentialHeaders } from '#libs/core/identity/credential-verifier.port.js';
import type { ApiKeyCredential, Principal, SessionCredential } from '#libs/core/identity/principal.js';
import { hashSecret, looksLikeApiKey } from '#libs/core/identity/secret.js';
import type { PrincipalRecord } from '#libs/core/identity/user.repository.port.js';
import { noTenant } from '#libs/core/tenancy/context-for.js';
import type { UnitOfWork } from '#libs/core/unit-of-work/unit-of-work.port.js';
import { DomainError } from '#libs/domain/error.js';
import type { Clock } from '#libs/platform/clock.js';
import { credentialIn } from './credential.js';
import type { CredentialCache } from './credential.cache.js';

export const unauthenticated = () =>
  new DomainError('unauthenticated', 'The credential is missing, wrong, expired or revoked.');

/** Looks a credential up unless it was good within the last seconds. Never computes a slow hash. */
export class CachedCredentialVerifier extends CredentialVerifier {
  private readonly used = new Set<string>();

  constructor(
    private readonly work: UnitOfWork,
    private readonly tokens: AccessTokens,
    private readonly cache: CredentialCache,
    private readonly clock: Clock,
  ) {
    super();
  }

  async authenticate(headers: CredentialHeaders): Promise<Principal> {
    const presented = credentialIn(headers);
    if (!presented) throw unauthenticated();
    const principal = await this.identify(presented.secret);
    if (presented.userName !== null && presented.userName !== principal.userName) throw unauthenticated();
    if (principal.credential.kind === 'api-key') this.used.add(principal.credential.id);
    return principal;
  }

  /** Writes when keys were last used; called now and then, and once at the end. */
  async noteUse(): Promise<void> {
    const ids = [...this.used];
    this.used.clear();
    if (ids.length === 0) return;
    await this.work.platform((tx) => tx.identity.apiKeys.touch(ids, this.clock.now()));
  }

  private async identify(secret: string): Promise<Principal> {
    const cacheKey = createHash('sha256').update(secret).digest('base64');
    const remembered = this.cache.find(cacheKey);
    if (remembered) return remembered;
    const mark = this.cache.mark();
    const found = looksLikeApiKey(secret) ? await this.byApiKey(secret) : await this.byToken(secret);
    if (!found) throw unauthenticated();
    this.cache.keep(cacheKey, found.principal, found.expiresAt, mark);
    return found.principal;
  }

  private byApiKey(secret: string) {
    return this.work.platformRead(async (tx) => {
      const key = await tx.identity.apiKeys.byHash(hashSecret(secret));
      // The owner is looked up even for no key, so that the two take the same time.
      const owner = key?.serviceId
        ? await tx.identity.apiKeys.servicePrincipal(key.serviceId)
        : await tx.identity.users.principal(key?.userId ?? noTenant);
      if (!key || !owner || key.revokedAt || this.isPast(key.expiresAt) || owner.user.disabledAt) return null;
      if (!owner.user.isOperator && !belongs(owner, key.organizationId)) return null;
      const { id, organizationId, projectId, access, expiresAt } = key;
      const credential: ApiKeyCredential = { kind: 'api-key', id, organizationId, projectId, access, expiresAt };
      return { principal: principalOf(owner, credential), expiresAt };
    });
  }

  private async byToken(token: string) {
    const claims = await this.tokens.verify(token);
    if (!claims) return null;
    return this.work.platformRead(async (tx) => {
      const session = await tx.identity.sessions.get(claims.sessionId);
      const owner = await tx.identity.users.principal(claims.userId);
      if (!session || !owner || session.userId !== claims.userId) return null;
      if (session.revokedAt || this.isPast(session.expiresAt) || owner.user.disabledAt) return null;
      const credential: SessionCredential = { kind: 'session', id: session.id };
      return { principal: principalOf(owner, credential), expiresAt: claims.expiresAt };
    });
  }

  private isPast(time: Date | null): boolean {
    return time !== null && time.getTime() <= this.clock.now().getTime();
  }
}

const belongs = (owner: PrincipalRecord, organizationId: string): boolean =>
  [...owner.memberships, ...owner.projectMemberships].some((each) => each.organizationId === organizationId);

const principalOf = (owner: PrincipalRecord, credential: Principal['credential']): Principal => ({
  userId: owner.user.id,
  userName: owner.user.name,
  isOperator: owner.user.isOperator,
  credential,
  memberships: owner.memberships,
  projectMemberships: owner.projectMemberships,
  projects: owner.projects,
});
