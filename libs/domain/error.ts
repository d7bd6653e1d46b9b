/**
 * Everything a use case may refuse, in the core's words. A dialect maps every code to its own documented
 * status and body in one exhaustive table; no code outside this list reaches a client.
 */
export const errorCodes = [
  'invalid', // a field is wrong; `field` names it
  'unauthenticated', // no credential, or one that is wrong, expired or revoked
  'forbidden', // the credential is good, its role or scope is not
  'not-found', // absent, or another tenant's: the two are never told apart
  'conflict', // a name or another unique field is taken
  'state', // the resource's state does not allow the verb
  'quota', // a quota would be exceeded
  'unplaceable', // no node can ever take it as the cluster stands (tags, host ports)
  'too-large', // the body is larger than the limit
  'unsupported', // the platform cannot do what was asked, and says so
  'method-not-allowed', // the route exists, the verb does not
  'unsupported-media', // the body's or the answer's media type
  'rate-limited', // too many requests for this key
  'unavailable', // a part that is needed (node, engine, database) does not answer
  'timeout', // it answered too late
  'precondition', // what the call made its condition did not come about
  'stale', // somebody else changed the row first; read and try again
  'internal', // a defect; the incident id leads to the log line
] as const;
export type ErrorCode = (typeof errorCodes)[number];

export interface ErrorDetail {
  /** Path of the offending field in the core's words, e.g. `template.ports.0.hostPort`. */
  field?: string;
  /** Seconds after which a rate-limited or unavailable call may be repeated. */
  retryAfterSeconds?: number;
  /** Of a rate-limited call: how many a minute has. */
  limitPerMinute?: number;
  /** Further field errors where several were found in one body. */
  fields?: { field: string; message: string }[];
}

/** An expected refusal. The message is a sentence for the tenant and never holds a secret. */
export class DomainError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly detail: ErrorDetail = {},
  ) {
    super(message);
    this.name = 'DomainError';
  }
}

export const invalid = (field: string, message: string) => new DomainError('invalid', message, { field });
/** What has ended for good and is still shown. */
export const terminated = (what: 'Service' | 'Stack' | 'Container', name: string) =>
  new DomainError('state', `${what} "${name}" is terminated, which does not allow any action; make another one.`);
export const notFound = (what: string) => new DomainError('not-found', `No such ${what}.`);
