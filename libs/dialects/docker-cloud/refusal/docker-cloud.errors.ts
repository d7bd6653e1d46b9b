import type { ErrorCode } from '#libs/domain/error.js';
import type { DialectErrors, RefusalAnswer } from '../../kit/refusal/dialect-errors.js';
import type { Refusal } from '../../kit/refusal/refusal.js';
import { inWireWords } from './wire-words.js';

/** The documented statuses, and 413 for a body that is too large, which the documents do not foresee. */
export const statusOf = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  state: 409,
  quota: 403,
  unplaceable: 409,
  'too-large': 413,
  unsupported: 400,
  'method-not-allowed': 405,
  'unsupported-media': 415,
  'rate-limited': 429,
  unavailable: 503,
  timeout: 504,
  precondition: 412,
  stale: 409,
  internal: 500,
} as const satisfies Record<ErrorCode, number>;

/** `{"error": sentence}` and a status, for every way a call can fail. */
export class DockerCloudErrors implements DialectErrors {
  readonly prefixes = ['/api/app/', '/api/infra/', '/api/audit/', '/api/repo/', '/auth'];

  answer(refusal: Refusal): RefusalAnswer {
    return { status: statusOf[refusal.code], body: { error: inWireWords(refusal.message) } };
  }
}
