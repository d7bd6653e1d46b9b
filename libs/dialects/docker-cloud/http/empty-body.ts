import type { IncomingHttpHeaders } from 'node:http';

interface Hooked {
  addHook(
    name: 'onRequest',
    hook: (request: { url: string; headers: IncomingHttpHeaders }, reply: unknown, done: () => void) => void,
  ): unknown;
}

const ours = /^\/api\/(?:app|infra|audit|repo)\/v1\//;

/**
 * Clients name a media type on calls without a body (start, stop, DELETE); the parser would refuse the empty body
 * as malformed. Without a body there is nothing to have a type. The Go client, the other way round, sends a body
 * with every call and never says what it is: bodies of this API are JSON.
 */
export function allowEmptyBodies(server: Hooked): void {
  server.addHook('onRequest', ({ url, headers }, _reply, done) => {
    const length = headers['content-length'];
    if ((length === undefined || length === '0') && headers['transfer-encoding'] === undefined) {
      delete headers['content-type'];
      delete headers['content-length'];
    } else if (headers['content-type'] === undefined && ours.test(url)) {
      headers['content-type'] = 'application/json';
    }
    done();
  });
}
