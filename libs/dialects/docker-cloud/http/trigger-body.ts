import type { IncomingHttpHeaders } from 'node:http';

/** It becomes an environment variable. */
const longest = 8 * 1024;
/** Never sent by a client that means something by it: it only leads to the parser below. */
const opaque = 'application/x-pierhead-opaque';
const call = /^\/api\/app\/v1\/(?:[^/?]+\/)?service\/[^/?]+\/trigger\/[^/?]+\/call(?:[/?]|$)/;

interface Parsing {
  addHook(
    name: 'onRequest',
    hook: (request: { url: string; headers: IncomingHttpHeaders }, reply: unknown, done: () => void) => void,
  ): unknown;
  addContentTypeParser(
    type: string,
    options: { parseAs: 'buffer'; bodyLimit: number },
    parser: (request: unknown, body: Buffer, done: (error: null, body: Buffer) => void) => void,
  ): unknown;
}

/**
 * Who calls a trigger sends what it likes (JSON, forms, text), and the containers get it byte for byte: it is taken
 * as it is, up to 8 KiB, whatever type it says it has. A longer one is 413.
 */
export function takeTriggerBodies(server: Parsing): void {
  server.addContentTypeParser(opaque, { parseAs: 'buffer', bodyLimit: longest }, (_request, body, done) =>
    done(null, body),
  );
  server.addHook('onRequest', ({ url, headers }, _reply, done) => {
    const hasBody = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
    if (hasBody && call.test(url)) headers['content-type'] = opaque;
    done();
  });
}
