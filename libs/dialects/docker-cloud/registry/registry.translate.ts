import { canonicalHost, dockerHub } from '#libs/domain/registry/repository-name.js';
import { Filters } from '../wire/filter.translate.js';
import { readPage, type Page, type Query } from '../wire/page.translate.js';

/** Where Docker's own registry answers; images name it otherwise. */
const hubHost = 'registry-1.docker.io';

const wireHost = (host: string): string => (host === dockerHub ? hubHost : host);

export const registryUri = (host: string, namespace: string): string =>
  `/api/repo/v1/${namespace}/registry/${wireHost(host)}/`;

/** Nodes speak TLS to every registry, unless their owner set one up otherwise. */
export function toRegistry(host: string, namespace: string) {
  const [name = '', port] = wireHost(host).split(':');
  return {
    host: name,
    is_docker_registry: host === dockerHub,
    is_ssl: true,
    name: host === dockerHub ? 'Docker Hub' : host,
    port: port === undefined ? 443 : Number(port),
    resource_uri: registryUri(host, namespace),
  };
}

/** Docker's own, then those that repositories of the project are at. */
export const registryHosts = (hosts: readonly string[]): string[] => [
  dockerHub,
  ...hosts.filter((host) => host !== dockerHub),
];

/** The host of an address or a filter: a bare host, or a registry's address. */
export function readHost(text: string): string {
  const address = /\/registry\/([^/]+)\/?$/.exec(text);
  return canonicalHost(address?.[1] ?? text);
}

export function readRegistryFilter(query: Query): { page: Page; matches: (host: string) => boolean } {
  const filters = new Filters(query);
  const id = filters.text('uuid');
  const name = filters.text('name');
  const host = filters.text('host');
  const ofDocker = filters.flag('is_docker_registry');
  filters.done();
  const matches = (each: string): boolean => {
    const shown = toRegistry(each, '');
    return (
      // Registries have no ids.
      id === undefined &&
      (name === undefined || shown.name === name) &&
      (host === undefined || shown.host === host || each === canonicalHost(host)) &&
      (ofDocker === undefined || shown.is_docker_registry === ofDocker)
    );
  };
  return { page: readPage(query), matches };
}
