import { invalid, DomainError } from '#libs/domain/error.js';
import { repositoryOf, repositoryText, type RepositoryName } from '#libs/domain/registry/repository-name.js';
import { userAction } from '../action/action-log.js';
import type { ActionRecord } from '../action/action.repository.port.js';
import type { RequestContext } from '../tenancy/request-context.js';
import type { Transaction } from '../unit-of-work/unit-of-work.port.js';
import type { RegistryRecord } from './registry.repository.port.js';

/** Both null: the repository is public. */
export interface RegistryCredentials {
  username: string | null;
  password: string | null;
}

export interface RegistryDetails extends RegistryRecord {
  /** A living service or container of the project has an image from there. */
  inUse: boolean;
}

const mostPerProject = 200;
const pathPattern = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const hostPattern = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::\d{1,5})?$/;

/** As people see it: with its repository if it is for one only. */
export const registryText = ({ host, repository }: Pick<RegistryRecord, 'host' | 'repository'>): string =>
  repository === '' ? host : repositoryText({ host, path: repository });

export function checkName({ host, path }: RepositoryName, field = 'name'): void {
  if (!hostPattern.test(host)) throw invalid(field, `${field}: "${host}" is not the name of a host.`);
  if (path.length > 255 || (path !== '' && !pathPattern.test(path))) {
    throw invalid(field, `${field}: a repository is named host/path in lower case, without a tag.`);
  }
}

/** @param within where the credentials stand in the caller's words, with a dot at the end */
export function checkCredentials({ username, password }: RegistryCredentials, within = ''): void {
  if ((username === null) !== (password === null)) {
    const field = `${within}${username === null ? 'username' : 'password'}`;
    throw invalid(field, `${within}username: a user and a password belong together.`);
  }
  // A colon would end the user's name on its way to the registry.
  if (username !== null && !/^[^\p{Cc}:]{1,256}$/u.test(username)) {
    throw invalid(`${within}username`, `${within}username: 1 to 256 characters without ":".`);
  }
  if (password !== null && !/^[^\p{Cc}]{1,16384}$/u.test(password)) {
    throw invalid(`${within}password`, `${within}password: 1 to 16384 characters that can be printed.`);
  }
}

export async function requireRoom(tx: Transaction, projectId: string): Promise<void> {
  const { total } = await tx.registries.list(projectId, { limit: 1, offset: 0 });
  if (total < mostPerProject) return;
  throw new DomainError('quota', `This project has ${total} repositories of other registries; no more are taken.`);
}

export async function withUse<T extends RegistryRecord>(
  tx: Transaction,
  projectId: string,
  rows: T[],
): Promise<(T & RegistryDetails)[]> {
  if (rows.length === 0) return [];
  const used = (await tx.registries.imagesInUse(projectId)).map(repositoryOf);
  const uses = ({ host, repository }: RegistryRecord) =>
    used.some((name) => name.host === host && (repository === '' || name.path === repository));
  return rows.map((row) => ({ ...row, inUse: uses(row) }));
}

/** The audit trail's record of a change. */
export async function noteRegistry(
  tx: Transaction,
  context: RequestContext,
  verb: string,
  record: RegistryRecord,
  now: Date,
): Promise<ActionRecord> {
  const subject = { resourceType: 'registry' as const, resourceId: record.id, resourceName: registryText(record) };
  const action = userAction(context, verb, subject, now);
  await tx.actions.insert(action);
  return action;
}
