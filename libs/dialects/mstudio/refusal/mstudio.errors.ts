import type { Allowance } from '#libs/core/identity/rate-limiter.port.js';
import type { ErrorCode, ErrorDetail } from '#libs/domain/error.js';
import type { DialectErrors, RefusalAnswer } from '../../kit/refusal/dialect-errors.js';
import type { Refusal } from '../../kit/refusal/refusal.js';
import { rateHeaders } from '../wire/rate.headers.js';
import { inWireWords, wirePath } from './wire-words.js';

/** Every way a call can fail: its status and the `type` in its body. */
export const answerOf = {
  invalid: [400, 'ValidationError'],
  unauthenticated: [401, 'UnauthorizedError'],
  forbidden: [403, 'PermissionDeniedError'],
  'not-found': [404, 'NotFoundError'],
  conflict: [409, 'ConflictError'],
  state: [409, 'InvalidStateError'],
  quota: [403, 'QuotaExceededError'],
  unplaceable: [409, 'UnplaceableError'],
  'too-large': [413, 'PayloadTooLargeError'],
  unsupported: [400, 'ValidationError'],
  'method-not-allowed': [405, 'MethodNotAllowedError'],
  'unsupported-media': [415, 'UnsupportedMediaTypeError'],
  'rate-limited': [429, 'RateLimitError'],
  unavailable: [503, 'ServiceUnavailableError'],
  timeout: [504, 'TimeoutError'],
  precondition: [412, 'PreconditionFailedError'],
  stale: [409, 'ConflictError'],
  internal: [500, 'InternalServerError'],
} as const satisfies Record<ErrorCode, readonly [status: number, type: string]>;

/** `{type, message}`, and where a field is wrong `validationErrors` that name it. */
export class MstudioErrors implements DialectErrors {
  readonly prefixes = ['/v2/'];

  answer({ code, message, detail }: Refusal, allowance: Allowance | null = null): RefusalAnswer {
    const [status, type] = answerOf[code];
    const headers = rateHeaders(allowance ?? usedUp(detail));
    const sentence = inWireWords(message);
    if (type !== 'ValidationError') return { status, headers, body: { type, message: sentence } };
    const fields = detail.fields?.length ? detail.fields : [{ field: detail.field ?? '', message }];
    const validationErrors = fields.map((each) => ({
      type: code === 'unsupported' ? 'unsupported' : 'invalid',
      path: wirePath(each.field),
      message: inWireWords(each.message),
    }));
    return { status, headers, body: { type, message: sentence, validationErrors } };
  }
}

const usedUp = ({ limitPerMinute, retryAfterSeconds }: ErrorDetail): Allowance | null =>
  limitPerMinute === undefined ? null : { limit: limitPerMinute, remaining: 0, resetSeconds: retryAfterSeconds ?? 60 };
