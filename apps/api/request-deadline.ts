import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { tarType } from '#libs/dialects/native/volume/archive.wire.js';
import { refuseConnection } from './client-error.js';

interface Hooked {
  addHook(
    name: 'onRequest',
    hook: (request: { raw: IncomingMessage }, reply: unknown, done: () => void) => void,
  ): unknown;
  addContentTypeParser(
    type: string,
    parser: (request: unknown, body: IncomingMessage, done: (error: null, body: IncomingMessage) => void) => void,
  ): unknown;
}

/**
 * A request's body has to be there in time, except that archives take as long as they take: those reach their handler
 * as they come, and it is the handler's to see that they do come. The server's own deadline knows no such difference.
 */
export function limitBodies(server: Hooked, withinMs: number): void {
  server.addContentTypeParser(tarType, (_request, body, done) => done(null, body));
  server.addHook('onRequest', ({ raw }, _reply, done) => {
    if (hasBody(raw) && !isArchive(raw) && !raw.complete) watch(raw, raw.socket, withinMs);
    done();
  });
}

/** By what its head announces: without either it ends with the head, whose own deadline is the server's. */
const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';

const isArchive = ({ headers }: IncomingMessage): boolean => headers['content-type']?.split(';')[0]?.trim() === tarType;

function watch(raw: IncomingMessage, socket: Socket, withinMs: number): void {
  const timer = setTimeout(() => {
    if (!raw.complete) refuseConnection(late(), socket);
  }, withinMs);
  const over = () => clearTimeout(timer);
  raw.once('end', over).once('close', over);
}

const late = () =>
  Object.assign(new Error('The request did not arrive in time.'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
