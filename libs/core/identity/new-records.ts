import { newId } from '#libs/platform/id.js';
import type { ApiKeyRecord } from './api-key.repository.port.js';
import type { OrganizationRecord } from './organization.repository.port.js';
import type { ProjectRecord } from './project.repository.port.js';
import { mintApiKey } from './secret.js';
import type { UserRecord } from './user.repository.port.js';

export const newOrganization = (name: string, displayName: string, now: Date): OrganizationRecord => ({
  id: newId(),
  name,
  displayName,
  createdAt: now,
  rowVersion: 1,
});

export const newProject = (
  organizationId: string,
  name: string,
  namespace: string,
  displayName: string,
  now: Date,
): ProjectRecord => ({ id: newId(), organizationId, name, namespace, displayName, createdAt: now, rowVersion: 1 });

export const newUser = (
  given: Pick<UserRecord, 'name'> & Partial<Pick<UserRecord, 'email' | 'displayName' | 'passwordHash' | 'isOperator'>>,
  now: Date,
): UserRecord => ({
  id: newId(),
  name: given.name,
  email: given.email ?? null,
  displayName: given.displayName ?? given.name,
  passwordHash: given.passwordHash ?? null,
  isOperator: given.isOperator ?? false,
  disabledAt: null,
  createdAt: now,
  rowVersion: 1,
});

/** The secret is nowhere but in what this returns. */
export function newApiKey(
  given: Pick<ApiKeyRecord, 'organizationId' | 'projectId' | 'name' | 'access' | 'expiresAt'> & { userId: string },
  now: Date,
): { record: ApiKeyRecord; secret: string } {
  const { secret, prefix, hash } = mintApiKey();
  const record: ApiKeyRecord = {
    id: newId(),
    ...given,
    serviceId: null,
    prefix,
    secretHash: hash,
    secretSealed: null,
    revokedAt: null,
    lastUsedAt: null,
    createdAt: now,
  };
  return { record, secret };
}
