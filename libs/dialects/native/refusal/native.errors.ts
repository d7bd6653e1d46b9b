import type { ErrorCode } from '#libs/domain/error.js';
import type { DialectErrors, RefusalAnswer } from '../../kit/refusal/dialect-errors.js';
import type { Refusal } from '../../kit/refusal/refusal.js';

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
  unsupported: 422,
  'method-not-allowed': 405,
  'unsupported-media': 415,
  'rate-limited': 429,
  unavailable: 503,
  timeout: 504,
  precondition: 412,
  stale: 409,
  internal: 500,
} as const satisfies Record<ErrorCode, number>;

/** `{error: {code, message, field?, fields?, incidentId?}}`. */
export class NativeErrors implements DialectErrors {
  readonly prefixes = ['/api/v1/', '/.well-known/'];

  answer({ code, message, detail, incidentId }: Refusal): RefusalAnswer {
    const { field, fields } = detail;
    const error = {
      code,
      message,
      ...(field === undefined ? {} : { field }),
      ...(fields === undefined ? {} : { fields }),
      ...(incidentId === null ? {} : { incidentId }),
    };
    return { status: statusOf[code], body: { error } };
  }
}
