import { DomainError, notFound } from '#libs/domain/error.js';
import { Clock } from '#libs/platform/clock.js';
import { newId } from '#libs/platform/id.js';
import type { ActionRecord } from '../action/action.repository.port.js';
import { authorize } from '../authorization/authorize.js';
import type { RequestContext, RequestOrigin } from '../tenancy/request-context.js';
import { UnitOfWork } from '../unit-of-work/unit-of-work.port.js';
import { AccessTokens } from './access-tokens.port.js';
import { auditAction, userlessAction } from './audit.js';
import { CredentialInvalidations } from './credential-invalidations.port.js';
import type { LoginSessionRecord } from './login-session.repository.port.js';
import { PasswordHasher } from './password-hasher.port.js';
import { RateLimiter } from './rate-limiter.port.js';
import { hashSecret, mintRefreshToken } from './secret.js';
import type { UserRecord } from './user.repository.port.js';

export interface SessionTokens {
  accessToken: string;
  /** Seconds. */
  expiresIn: number;
  refreshToken: string;
  refreshExpiresAt: Date;
}

/** A password is guessed slowly: per name and per address, in a minute. */
const triesPerMinute = 20;

const wrong = () => new DomainError('unauthenticated', 'The user or the password is wrong.');
const ended = () => new DomainError('unauthenticated', 'The session has ended; log in again.');

export class SessionService {
  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
    private readonly passwords: PasswordHasher,
    private readonly tokens: AccessTokens,
    private readonly limiter: RateLimiter,
    private readonly invalidations: CredentialInvalidations,
  ) {}

  /** Unknown users, disabled ones and wrong passwords are refused alike and after the same time. */
  async login(name: string, password: string, origin: RequestOrigin): Promise<SessionTokens> {
    this.limiter.take(`login:user:${name.toLowerCase()}`, triesPerMinute);
    this.limiter.take(`login:address:${origin.ip}`, triesPerMinute);
    const user = await this.work.platformRead((tx) => tx.identity.users.get(name));
    const good = await this.passwords.verify(user?.passwordHash ?? null, password);
    if (!user || !good || user.disabledAt) throw wrong();
    const now = this.clock.now();
    const refresh = mintRefreshToken();
    const session = {
      id: newId(),
      userId: user.id,
      refreshHash: refresh.hash,
      previousRefreshHash: null,
      expiresAt: this.refreshEnd(now),
      revokedAt: null,
      ip: origin.ip,
      createdAt: now,
    };
    await this.work.platform(async (tx) => {
      await tx.identity.sessions.insert(session);
      await tx.actions.insert(sessionAction('login', user, session.id, origin, now));
    });
    return this.answer(user.id, session.id, refresh.secret, session.expiresAt);
  }

  /** Gives new tokens for a refresh token, once: a second use of it ends the session for whoever holds it. */
  async refresh(refreshToken: string, origin: RequestOrigin): Promise<SessionTokens> {
    this.limiter.take(`refresh:address:${origin.ip}`, 10 * triesPerMinute);
    const now = this.clock.now();
    const next = mintRefreshToken();
    const given = hashSecret(refreshToken);
    const renewed = await this.work.platform(async (tx) => {
      const found = await tx.identity.sessions.byRefresh(given);
      if (!found || found.session.revokedAt || found.session.expiresAt <= now) return null;
      const { id, userId } = found.session;
      const user = await tx.identity.users.get(userId);
      if (!user || user.disabledAt) return null;
      const expiresAt = this.refreshEnd(now);
      if (!found.reused && (await tx.identity.sessions.rotate(id, given, next.hash, expiresAt))) {
        return { id, userId, expiresAt };
      }
      await tx.identity.sessions.revoke(id, now);
      await tx.actions.insert(sessionAction('refresh-reused', user, id, origin, now));
      return null;
    });
    if (renewed) return this.answer(renewed.userId, renewed.id, next.secret, renewed.expiresAt);
    await this.invalidations.settle();
    throw ended();
  }

  /** Ends the session whose access token asks; the token is refused from then on. */
  async logout(context: RequestContext): Promise<void> {
    const { sessionId } = context;
    if (sessionId === null) {
      throw new DomainError('state', 'An API key has no session to end; revoke the key instead.');
    }
    const now = this.clock.now();
    await this.work.platform(async (tx) => {
      await tx.identity.sessions.revoke(sessionId, now);
      await tx.actions.insert(endAction(context, 'logout', sessionId, now));
    });
    await this.invalidations.settle();
  }

  /** The caller's own, newest first. */
  list(context: RequestContext): Promise<LoginSessionRecord[]> {
    authorize(context, 'profile', 'read');
    return this.work.platformRead((tx) => tx.identity.sessions.listOf(context.userId, this.clock.now()));
  }

  async get(context: RequestContext, id: string): Promise<LoginSessionRecord> {
    const found = (await this.list(context)).find((session) => session.id === id);
    if (!found) throw notFound('session');
    return found;
  }

  /** Its tokens are refused from then on. */
  async end(context: RequestContext, id: string): Promise<void> {
    authorize(context, 'profile', 'delete');
    await this.get(context, id);
    const now = this.clock.now();
    await this.work.platform(async (tx) => {
      if (!(await tx.identity.sessions.revoke(id, now))) throw notFound('session');
      await tx.actions.insert(endAction(context, 'logout', id, now));
    });
    await this.invalidations.settle();
  }

  /** Every session of the caller but the one that asks. */
  async endOthers(context: RequestContext): Promise<void> {
    authorize(context, 'profile', 'delete');
    const now = this.clock.now();
    await this.work.platform(async (tx) => {
      await tx.identity.sessions.revokeOthersOf(context.userId, context.sessionId, now);
      await tx.actions.insert(endAction(context, 'logout-others', context.userId, now));
    });
    await this.invalidations.settle();
  }

  private refreshEnd(now: Date): Date {
    return new Date(now.getTime() + this.tokens.refreshSeconds * 1000);
  }

  private async answer(userId: string, sessionId: string, refreshToken: string, refreshExpiresAt: Date) {
    const accessToken = await this.tokens.issue({ userId, sessionId });
    return { accessToken, expiresIn: this.tokens.accessSeconds, refreshToken, refreshExpiresAt };
  }
}

function endAction(context: RequestContext, verb: string, id: string, now: Date): ActionRecord {
  const subject = { resourceType: 'session' as const, resourceId: id, resourceName: context.userName };
  return auditAction(context, verb, subject, now, { organizationId: null, projectId: null });
}

function sessionAction(verb: string, user: UserRecord, id: string, origin: RequestOrigin, now: Date): ActionRecord {
  return {
    ...userlessAction(null, verb, { resourceType: 'session', resourceId: id, resourceName: user.name }, now),
    origin: 'user',
    userId: user.id,
    userName: user.name,
    method: origin.method,
    path: origin.path,
    ip: origin.ip,
    userAgent: origin.userAgent,
  };
}
