import { DomainError, invalid, notFound } from '#libs/domain/error.js';
import { Clock } from '#libs/platform/clock.js';
import { authorize } from '../authorization/authorize.js';
import type { Page, PageWish } from '../tenancy/page.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { UnitOfWork } from '../unit-of-work/unit-of-work.port.js';
import { auditAction } from './audit.js';
import { CredentialInvalidations } from './credential-invalidations.port.js';
import { checkPassword, checkUserName } from './names.js';
import { newUser } from './new-records.js';
import { PasswordHasher } from './password-hasher.port.js';
import type { PrincipalRecord, UserRecord } from './user.repository.port.js';

export interface UserWish {
  displayName?: string | undefined;
  email?: string | null | undefined;
  password?: string | undefined;
  isOperator?: boolean | undefined;
  disabled?: boolean | undefined;
}

const nowhere = { organizationId: null, projectId: null };

/** Users are the platform's: the operator makes them, organizations take them as members. */
export class UserService {
  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
    private readonly passwords: PasswordHasher,
    private readonly invalidations: CredentialInvalidations,
  ) {}

  async create(context: RequestContext, name: string, wish: UserWish): Promise<UserRecord> {
    authorize(context, 'user', 'create');
    checkUserName('name', name);
    const user = newUser(
      {
        name,
        email: wish.email ?? null,
        displayName: wish.displayName ?? name,
        isOperator: wish.isOperator ?? false,
        passwordHash: await this.hash('password', wish.password),
      },
      this.clock.now(),
    );
    await this.work.platform(async (tx) => {
      await tx.identity.users.insert(user);
      await tx.actions.insert(this.audit(context, 'create', user));
    });
    return user;
  }

  list(context: RequestContext, page: PageWish): Promise<Page<UserRecord>> {
    authorize(context, 'user', 'read');
    return this.work.platformRead((tx) => tx.identity.users.list(page.limit, page.offset));
  }

  async get(context: RequestContext, reference: string): Promise<UserRecord> {
    authorize(context, 'user', 'read');
    return this.find(reference);
  }

  /** A disabled user, and one with a new password, is logged out everywhere at once. */
  async update(context: RequestContext, reference: string, wish: UserWish): Promise<UserRecord> {
    authorize(context, 'user', 'update');
    const user = await this.find(reference);
    if (user.id === context.userId && (wish.disabled === true || wish.isOperator === false)) {
      throw new DomainError('state', 'An operator cannot lock itself out; ask another operator.');
    }
    const now = this.clock.now();
    const passwordHash = await this.hash('password', wish.password);
    const changed: UserRecord = {
      ...user,
      displayName: wish.displayName ?? user.displayName,
      email: wish.email === undefined ? user.email : wish.email,
      isOperator: wish.isOperator ?? user.isOperator,
      passwordHash: passwordHash ?? user.passwordHash,
      disabledAt: wish.disabled === undefined ? user.disabledAt : wish.disabled ? (user.disabledAt ?? now) : null,
    };
    await this.work.platform(async (tx) => {
      changed.rowVersion = await tx.identity.users.update({ ...changed, rowVersion: user.rowVersion });
      if (wish.disabled || passwordHash) await tx.identity.sessions.revokeAllOf(user.id, now);
      await tx.actions.insert(this.audit(context, 'update', user));
    });
    await this.invalidations.settle();
    return changed;
  }

  async profile(context: RequestContext): Promise<{ user: UserRecord; principal: PrincipalRecord }> {
    authorize(context, 'profile', 'read');
    const found = await this.work.platformRead(async (tx) => ({
      user: await tx.identity.users.get(context.userId),
      principal: await tx.identity.users.principal(context.userId),
    }));
    if (!found.user || !found.principal) throw notFound('user');
    return { user: found.user, principal: found.principal };
  }

  /** The caller's own name, as people see it. */
  async updateOwn(context: RequestContext, displayName: string): Promise<void> {
    authorize(context, 'profile', 'update');
    const user = await this.find(context.userId);
    await this.work.platform(async (tx) => {
      await tx.identity.users.update({ ...user, displayName });
      await tx.actions.insert(this.audit(context, 'update', user));
    });
    await this.invalidations.settle();
  }

  /** Ends every session of the user, this one too. */
  async changeOwnPassword(context: RequestContext, current: string, wanted: string): Promise<void> {
    authorize(context, 'profile', 'update');
    const user = await this.find(context.userId);
    if (!(await this.passwords.verify(user.passwordHash, current))) {
      throw invalid('currentPassword', 'currentPassword: the present password is another one.');
    }
    const passwordHash = await this.passwords.hash(checkPassword('newPassword', wanted));
    const now = this.clock.now();
    await this.work.platform(async (tx) => {
      await tx.identity.users.update({ ...user, passwordHash });
      await tx.identity.sessions.revokeAllOf(user.id, now);
      await tx.actions.insert(this.audit(context, 'change-password', user));
    });
    await this.invalidations.settle();
  }

  private async hash(field: string, password: string | undefined): Promise<string | null> {
    return password === undefined ? null : this.passwords.hash(checkPassword(field, password));
  }

  private async find(reference: string): Promise<UserRecord> {
    const user = await this.work.platformRead((tx) => tx.identity.users.get(reference));
    if (!user) throw notFound('user');
    return user;
  }

  private audit(context: RequestContext, verb: string, user: UserRecord) {
    const subject = { resourceType: 'user' as const, resourceId: user.id, resourceName: user.name };
    return auditAction(context, verb, subject, this.clock.now(), nowhere);
  }
}
