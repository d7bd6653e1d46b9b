import type { InvalidatedSubject } from '#libs/core/identity/credential-invalidations.port.js';
import type { Sql } from '../connection/sql.js';

export const credentialChannel = 'credential';

type Announced = Exclude<InvalidatedSubject, { kind: 'everything' }>;

/** Sent by PostgreSQL when the transaction commits, and not at all when it does not. */
export async function announce(sql: Sql, ...subjects: Announced[]): Promise<void> {
  for (const subject of subjects) {
    await sql.query('credential-announce', 'SELECT pg_notify($1, $2)', [credentialChannel, JSON.stringify(subject)]);
  }
}

const kinds = new Set(['user', 'api-key', 'session', 'organization', 'signing-keys']);

/** What cannot be read is taken as the worst. */
export function heard(payload: string | undefined): InvalidatedSubject {
  try {
    const subject = JSON.parse(payload ?? '') as { kind: string };
    if (kinds.has(subject.kind)) return subject as InvalidatedSubject;
  } catch {
    // Falls through to the worst.
  }
  return { kind: 'everything' };
}
