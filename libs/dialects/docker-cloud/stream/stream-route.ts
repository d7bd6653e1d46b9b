import { isId } from '#libs/domain/id.js';
import type { Query } from '../wire/page.translate.js';
import { rewriteDockerCloudUrl } from '../http/docker-cloud.url.js';

export type StreamKind = 'events' | 'container-logs' | 'service-logs' | 'exec' | 'action-logs';

export interface StreamRoute {
  /** Null for an address of this API that is no stream. */
  kind: StreamKind | null;
  namespace: string | null;
  id: string;
  query: Query;
  /** Asked for without `/api`, as the Go client does where it sends no header. */
  bare: boolean;
  /** The `Authorization` that such an address stands for: its `user` and `token`, which are not in `query`. */
  credential: string | null;
}

const bareAddress = /^\/+(?:app|infra|audit)\/+v1(?=\/)/;

const kinds: Record<string, StreamKind> = {
  'app/container/logs': 'container-logs',
  'app/container/exec': 'exec',
  'app/service/logs': 'service-logs',
  'audit/action/logs': 'action-logs',
};

/** What an upgrade's address asks for; null when it is not of this API. */
export function readStreamRoute(url: string): StreamRoute | null {
  const bare = bareAddress.test(url);
  const { pathname, searchParams } = new URL(rewriteDockerCloudUrl(bare ? `/api${url}` : url), 'http://any');
  const match = /^\/api\/(app|infra|audit|repo)\/v1(?:\/(.*))?$/.exec(pathname);
  if (!match) return null;
  const [, subsystem, rest = ''] = match;
  const parts = rest.split('/');
  const credential = bare ? takeCredential(searchParams) : null;
  const query = queryOf(searchParams);
  if (subsystem === 'audit' && parts.at(-1) === 'events' && parts.length <= 2) {
    return {
      kind: 'events',
      namespace: parts.length === 2 ? (parts[0] ?? null) : null,
      id: '',
      query,
      bare,
      credential,
    };
  }
  const [resource = '', id = '', verb = ''] = parts.slice(-3);
  const kind = parts.length >= 3 && parts.length <= 4 ? kinds[`${subsystem}/${resource}/${verb}`] : undefined;
  const known = kind !== undefined && isId(id.toLowerCase());
  return {
    kind: known ? kind : null,
    namespace: parts.length === 4 ? (parts[0] ?? null) : null,
    id: id.toLowerCase(),
    query,
    bare,
    credential,
  };
}

function takeCredential(parameters: URLSearchParams): string | null {
  const [user, token] = ['user', 'token'].map((name) => parameters.get(name));
  parameters.delete('user');
  parameters.delete('token');
  return user && token ? `Basic ${Buffer.from(`${user}:${token}`).toString('base64')}` : null;
}

function queryOf(parameters: URLSearchParams): Query {
  const query: Query = {};
  for (const name of new Set(parameters.keys())) {
    if (name === '') continue;
    const values = parameters.getAll(name);
    query[name] = values.length === 1 ? values[0] : values;
  }
  return query;
}
