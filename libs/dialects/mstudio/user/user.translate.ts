import { isIPv4 } from 'node:net';
import type { z } from 'zod';
import type { ApiKeyRecord } from '#libs/core/identity/api-key.repository.port.js';
import type { ApiKeyWish } from '#libs/core/identity/api-key.service.js';
import type { LoginSessionRecord } from '#libs/core/identity/login-session.repository.port.js';
import type { MembershipQueries } from '#libs/core/identity/membership.queries.js';
import type { SessionTokens } from '#libs/core/identity/session.service.js';
import type { UserRecord } from '#libs/core/identity/user.repository.port.js';
import type { ProjectRole } from '#libs/domain/identity/role.js';
import { customerRoleOf, projectRoleOf } from '../member/member.translate.js';
import type { loginAnswer, NewTokenWire, personWire, sessionAnswer, tokenAnswer, userAnswer } from './user.wire.js';

/** The first word of the shown name stands for a first name. */
export function toPerson({ displayName }: UserRecord): { firstName: string; lastName: string } {
  const [firstName = '', ...others] = displayName.split(' ');
  return { firstName, lastName: others.join(' ') };
}

export const displayNameOf = ({ person }: z.output<typeof personWire>): string =>
  `${person.firstName} ${person.lastName}`.trim();

export function toUser(
  user: UserRecord,
  own: Awaited<ReturnType<MembershipQueries['own']>>,
): z.infer<typeof userAnswer> {
  return {
    userId: user.id,
    ...(user.email === null ? {} : { email: user.email }),
    person: toPerson(user),
    registeredAt: user.createdAt.toISOString(),
    isEmployee: false,
    mfa: { active: false, setup: false },
    customerMemberships: Object.fromEntries(
      own.organizations.map(({ id, organizationId, role, since }) => [
        organizationId,
        { id, memberSince: since.toISOString(), role: customerRoleOf[role] },
      ]),
    ),
    projectMemberships: Object.fromEntries(
      own.projects.map(({ id, projectId, inherited, role, since }) => [
        projectId,
        { id, inherited, memberSince: since.toISOString(), role: ownRoleOf(projectRoleOf[role]) },
      ]),
    ),
  };
}

/** Who is listed with the own user has some role; reading only has none there. */
const ownRoleOf = (role: (typeof projectRoleOf)[ProjectRole]) => (role === 'notset' ? 'external' : role);

export const toLogin = ({ accessToken, refreshToken, expiresIn }: SessionTokens): z.infer<typeof loginAnswer> => ({
  token: accessToken,
  refreshToken,
  expires: new Date(Date.now() + expiresIn * 1000).toISOString(),
});

export const toSession = (session: LoginSessionRecord): z.infer<typeof sessionAnswer> => ({
  tokenId: session.id,
  created: session.createdAt.toISOString(),
  device: {},
  ...(session.ip !== null && isIPv4(session.ip) ? { location: { ipAddress: session.ip } } : {}),
});

/** A token that may write may read. */
export const toKeyWish = ({ description, expiresAt, roles }: NewTokenWire): ApiKeyWish => ({
  name: description,
  project: null,
  access: roles.includes('api_write') ? 'write' : 'read',
  expiresAt: expiresAt === undefined ? null : new Date(expiresAt),
});

export const toToken = (key: ApiKeyRecord): z.infer<typeof tokenAnswer> => ({
  apiTokenId: key.id,
  description: key.name,
  createdAt: key.createdAt.toISOString(),
  ...(key.expiresAt === null ? {} : { expiresAt: key.expiresAt.toISOString() }),
  roles: key.access === 'write' ? ['api_read', 'api_write'] : ['api_read'],
});
