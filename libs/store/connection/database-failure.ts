import { DomainError } from '#libs/domain/error.js';

const retryable = new Set(['40001', '40P01']);
/** Statement timeout, lock timeout. */
const slow = new Set(['57014', '55P03']);
/** Shut down or starting, ended for idling, no connection left; classes 08 and the socket's own are below. */
const gone = new Set(['57P01', '57P02', '57P03', '57P05', '25P03', '25P04', '53300']);
/** Text that no encoding of the database holds: U+0000, half a surrogate pair. */
const notText = new Set(['22021', '22P05']);
const socket = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENOTFOUND', 'EAI_AGAIN']);
/** What pg, its pool and TypeORM say without a code. */
const sentences = [
  'Connection terminated',
  'Client has encountered a connection error',
  'Client was closed and is not queryable',
  'timeout exceeded when trying to connect',
  'Query runner already released',
];

/** By its shape: where several realms meet, a socket's error is not an instance of this one's Error. */
const textOf = (error: unknown, field: 'code' | 'message'): string => {
  const value: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, field) : undefined;
  return typeof value === 'string' ? value : '';
};

/** Lost to another transaction: the same work may succeed when run again. */
export const mayRunAgain = (error: unknown): boolean => retryable.has(textOf(error, 'code'));

/** The refusal a database's failure means to a caller; anything else comes back as it was. */
export function asRefusal(error: unknown): unknown {
  const code = textOf(error, 'code');
  const message = textOf(error, 'message');
  if (error instanceof DomainError) return error;
  if (retryable.has(code)) {
    return new DomainError('unavailable', 'Others change the same resources at the moment. Try again shortly.', {
      retryAfterSeconds: 1,
    });
  }
  if (notText.has(code)) return new DomainError('invalid', 'Text may hold neither U+0000 nor half a surrogate pair.');
  if (slow.has(code)) return new DomainError('timeout', 'The database took too long to answer.');
  if (gone.has(code) || code.startsWith('08') || socket.has(code) || sentences.some((one) => message.startsWith(one))) {
    return new DomainError('unavailable', 'The database does not answer at the moment. Try again shortly.', {
      retryAfterSeconds: 1,
    });
  }
  return error;
}
