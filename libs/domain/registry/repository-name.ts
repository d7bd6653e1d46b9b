/** Where an image comes from, without its tag and digest. */
export interface RepositoryName {
  /** As it stands in image names, with a port if there is one; Docker's own registry is `docker.io`. */
  host: string;
  /** The path on that host, e.g. `library/nginx`. */
  path: string;
}

export const dockerHub = 'docker.io';
const hubAliases = new Set([dockerHub, 'index.docker.io', 'registry-1.docker.io']);

/** Engines tell a host from the beginning of a path by a dot, a port or the name `localhost`. */
const isHost = (part: string): boolean => part.includes('.') || part.includes(':') || part === 'localhost';

export const canonicalHost = (host: string): string => {
  const lower = host.toLowerCase();
  return hubAliases.has(lower) ? dockerHub : lower;
};

/** Reads the name of an image or of a repository. */
export function repositoryOf(image: string): RepositoryName {
  const plain = image.replace(/@sha256:[0-9a-f]*$/, '').replace(/:[^:/]*$/, '');
  const slash = plain.indexOf('/');
  const first = slash < 0 ? '' : plain.slice(0, slash);
  if (!isHost(first)) return inHub(plain);
  const [host, path] = [canonicalHost(first), plain.slice(slash + 1)];
  return host === dockerHub ? inHub(path) : { host, path };
}

const inHub = (path: string): RepositoryName => ({
  host: dockerHub,
  path: path.includes('/') ? path : `library/${path}`,
});

/** The shortest name that reads back the same. */
export const repositoryText = ({ host, path }: RepositoryName): string =>
  host === dockerHub ? path.replace(/^library\/(?=[^/]+$)/, '') : `${host}/${path}`;
