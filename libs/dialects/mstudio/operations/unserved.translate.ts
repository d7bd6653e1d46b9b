import { DomainError, notFound } from '#libs/domain/error.js';
import { operations, type Operation } from './operations.js';

const patterns = operations.map((operation) => ({
  operation,
  pattern: new RegExp(`^${operation.path.replace(/\{\w+\}/g, '[^/]+')}/?$`),
}));

const known = (path: string): Operation[] =>
  patterns.filter(({ pattern }) => pattern.test(path)).map(({ operation }) => operation);

/** The methods an address takes, for the `Allow` header. */
export const allowedAt = (path: string): string[] => [
  ...new Set(
    known(path)
      .filter(({ state }) => state === 'works')
      .map(({ method }) => method),
  ),
];

/** What to say to a call that no controller took. */
export function refusalAt(method: string, path: string): DomainError {
  const operation = known(path).find((each) => each.method === method && each.state !== 'works');
  if (operation) {
    const why = operation.note ?? 'there is no such part';
    return new DomainError('not-found', `"${operation.purpose}" is not done here: ${why}.`);
  }
  const methods = allowedAt(path);
  if (methods.length === 0 || methods.includes(method)) return notFound('address');
  return new DomainError('method-not-allowed', `This address takes ${methods.join(', ')}, not ${method}.`);
}
