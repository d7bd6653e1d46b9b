import { DomainError } from '#libs/domain/error.js';
import { isUniqueViolation } from '../connection/sql.js';

/** The violated constraint of an error of PostgreSQL, wherever TypeORM put it. */
function driverError(error: unknown): unknown {
  return error instanceof Error && 'driverError' in error ? error.driverError : error;
}

/** Runs a write; a violation of one of the named unique constraints becomes `conflict` with its sentence. */
export async function refusing<T>(
  constraints: Record<string, { field: string; sentence: string }>,
  write: () => Promise<T>,
): Promise<T> {
  try {
    return await write();
  } catch (error) {
    const cause = driverError(error);
    for (const [name, { field, sentence }] of Object.entries(constraints)) {
      if (isUniqueViolation(cause, name)) throw new DomainError('conflict', sentence, { field });
    }
    throw error;
  }
}

export const stale = (what: string) =>
  new DomainError('stale', `The ${what} was changed by somebody else meanwhile; read it again and repeat.`);
