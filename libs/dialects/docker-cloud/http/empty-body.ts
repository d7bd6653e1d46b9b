import type { IncomingHttpHeaders } from 'node:http';

interface Hooked {
  addHook(
    name: 'onRequest',
    hook: (request: { headers: IncomingHttpHeaders }, reply: unknown, done: () => void) => void,
  ): unknown;
}

/**
 * Clients name a media type on calls without a body (start, stop, DELETE); the parser would refuse the empty body
 * as malformed. Without a body there is nothing to have a type.
 */
export function allowEmptyBodies(server: Hooked): void {
  server.addHook('onRequest', ({ headers }, _reply, done) => {
    const length = headers['content-length'];
    if ((length === undefined || length === '0') && headers['transfer-encoding'] === undefined) {
      delete headers['content-type'];
      delete headers['content-length'];
    }
    done();
  });
}
