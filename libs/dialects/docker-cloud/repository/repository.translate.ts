import type { RegistryFilter } from '#libs/core/registry/registry.repository.port.js';
import type { RegistryCredentials, RegistryDetails } from '#libs/core/registry/registry.rules.js';
import type { CredentialChanges } from '#libs/core/registry/registry.service.js';
import { invalid } from '#libs/domain/error.js';
import { repositoryOf, repositoryText, type RepositoryName } from '#libs/domain/registry/repository-name.js';
import { readHost, registryUri } from '../registry/registry.translate.js';
import { Filters } from '../wire/filter.translate.js';
import { readPage, type Query } from '../wire/page.translate.js';

/** What is stored of a password is shown to nobody, not even that there is one. */
export function toRepository(registry: RegistryDetails, namespace: string) {
  const name = repositoryText({ host: registry.host, path: registry.repository });
  return {
    in_use: registry.inUse,
    name,
    registry: registryUri(registry.host, namespace),
    resource_uri: `/api/repo/v1/${namespace}/repository/${name}/`,
  };
}

/** A name without a host is one of Docker's own registry. A tag does not belong to it. */
export function readRepositoryName(text: string): RepositoryName {
  const name = repositoryOf(text);
  const last = text.slice(text.lastIndexOf('/') + 1);
  if (/[:@]/.test(last)) throw invalid('name', `name: "${text}" has a tag or a digest; name the repository only.`);
  if (name.path === '') throw invalid('name', `name: "${text}" is a host; name a repository on it.`);
  return name;
}

type Given = { username?: string | null | undefined; password?: string | null | undefined };

/** Empty texts are what a command line sends for nothing. */
export const readCredentials = ({ username, password }: Given): RegistryCredentials => ({
  username: username === undefined || username === '' ? null : username,
  password: password === undefined || password === '' ? null : password,
});

/** Null takes credentials away; what is left out, or empty, stays. */
export const readCredentialChanges = ({ username, password }: Given): CredentialChanges => ({
  ...(username === undefined || username === '' ? {} : { username }),
  ...(password === undefined || password === '' ? {} : { password }),
});

export function readRepositoryFilter(query: Query): RegistryFilter {
  const filters = new Filters(query);
  const name = filters.text('name');
  const registry = filters.text('registry');
  filters.done();
  const named = name === undefined ? undefined : repositoryOf(name);
  return {
    ...(registry === undefined ? {} : { host: readHost(registry) }),
    ...(named === undefined ? {} : { host: named.host, repository: named.path }),
    ofRepositories: true,
    ...readPage(query),
  };
}
