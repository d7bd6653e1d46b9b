import type { ErrorCode } from '#libs/domain/error.js';
import type { DialectErrors, RefusalAnswer } from '../../kit/refusal/dialect-errors.js';
import type { Refusal } from '../../kit/refusal/refusal.js';
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
  stale: [409, 'ConflictError'],
  internal: [500, 'InternalServerError'],
} as const satisfies Record<ErrorCode, readonly [status: number, type: string]>;

/** `{type, message}`, and where a field is wrong `validationErrors` that name it. */
export class MstudioErrors implements DialectErrors {
  readonly prefixes = ['/v2/'];

  answer({ code, message, detail }: Refusal): RefusalAnswer {
    const [status, type] = answerOf[code];
    const sentence = inWireWords(message);
    if (type !== 'ValidationError') return { status, body: { type, message: sentence } };
    const fields = detail.fields?.length ? detail.fields : [{ field: detail.field ?? '', message }];
    const validationErrors = fields.map((each) => ({
      type: code === 'unsupported' ? 'unsupported' : 'invalid',
      path: wirePath(each.field),
      message: inWireWords(each.message),
    }));
    return { status, body: { type, message: sentence, validationErrors } };
  }
}
