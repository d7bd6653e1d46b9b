import { DomainError, notFound } from '#libs/domain/error.js';
import { operations, undocumented, type Operation } from './operations.js';

const patterns = [...operations, ...undocumented].map((operation) => ({
  operation,
  pattern: patternOf(operation.path),
}));

/** `(uuid)` is a UUID and the other parameters one segment each; addresses arrive without their last slash. */
function patternOf(path: string): RegExp {
  const source = path
    .replace(/\/$/, '')
    .replace(/\(uuid\)/g, '[0-9A-Fa-f-]{36}')
    .replace(/\([a-z]+\)/g, '[^/]+')
    .replace('[ns/]', '(?:[^/]+/)?');
  return new RegExp(`^${source}/?$`);
}

const known = (path: string): Operation[] =>
  patterns.filter(({ pattern }) => pattern.test(path)).map(({ operation }) => operation);

/** The methods an address takes, for the `Allow` header. */
export const allowedAt = (path: string): string[] => [
  ...new Set(
    known(path)
      .filter((operation) => operation.api === 'REST')
      .map((operation) => operation.method),
  ),
];

/** What to say to a call that no controller took. */
export function refusalAt(method: string, path: string): DomainError {
  const here = known(path);
  const operation = here.find((each) => each.method === method || (each.method === 'GET' && method === 'HEAD'));
  if (operation?.api === 'STREAM')
    return new DomainError('invalid', 'This address is a stream; connect to it with a websocket.');
  if (operation) {
    const why = operation.note ? `: ${operation.note}` : '';
    return new DomainError('unsupported', `"${operation.purpose}" is not done here${why}.`);
  }
  if (here.length === 0) return notFound('address');
  return new DomainError('method-not-allowed', `This address takes ${allowedAt(path).join(', ')}, not ${method}.`);
}
