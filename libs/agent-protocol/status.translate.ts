import { Metadata, status, type ServiceError } from '@grpc/grpc-js';
import { DomainError, errorCodes, type ErrorCode } from '#libs/domain/error.js';

const statusOf: Record<ErrorCode, status> = {
  invalid: status.INVALID_ARGUMENT,
  unauthenticated: status.UNAUTHENTICATED,
  forbidden: status.PERMISSION_DENIED,
  'not-found': status.NOT_FOUND,
  conflict: status.ALREADY_EXISTS,
  state: status.FAILED_PRECONDITION,
  quota: status.RESOURCE_EXHAUSTED,
  unplaceable: status.FAILED_PRECONDITION,
  'too-large': status.INVALID_ARGUMENT,
  unsupported: status.UNIMPLEMENTED,
  'method-not-allowed': status.UNIMPLEMENTED,
  'unsupported-media': status.INVALID_ARGUMENT,
  'rate-limited': status.RESOURCE_EXHAUSTED,
  unavailable: status.UNAVAILABLE,
  timeout: status.DEADLINE_EXCEEDED,
  precondition: status.FAILED_PRECONDITION,
  stale: status.ABORTED,
  internal: status.INTERNAL,
};

const codeOf = new Map<status, ErrorCode>([
  [status.UNAUTHENTICATED, 'unauthenticated'],
  [status.PERMISSION_DENIED, 'forbidden'],
  [status.NOT_FOUND, 'not-found'],
  [status.DEADLINE_EXCEEDED, 'timeout'],
  [status.UNAVAILABLE, 'unavailable'],
  [status.CANCELLED, 'unavailable'],
  [status.ABORTED, 'stale'],
  [status.FAILED_PRECONDITION, 'state'],
  [status.INVALID_ARGUMENT, 'invalid'],
]);

const codeKey = 'pierhead-code';

/** What a call ends with. The domain's code travels beside gRPC's coarser one. */
export function toServiceError(error: unknown): Pick<ServiceError, 'code' | 'details' | 'metadata'> & Error {
  const metadata = new Metadata();
  const known = error instanceof DomainError ? error : new DomainError('internal', 'The call failed.');
  metadata.set(codeKey, known.code);
  return Object.assign(new Error(known.message), { code: statusOf[known.code], details: known.message, metadata });
}

export function fromServiceError(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  const { code, details, metadata } = error as Partial<ServiceError>;
  const sent = metadata?.get(codeKey)[0];
  const domain = errorCodes.find((candidate) => candidate === sent);
  if (domain) return new DomainError(domain, details || 'The call failed.');
  // Not an answer of ours: the transport's own words are of no use to a tenant.
  const guess = codeOf.get(code ?? status.UNKNOWN) ?? 'internal';
  return new DomainError(
    guess,
    guess === 'timeout' ? 'The call was not answered in time.' : 'The connection broke off.',
  );
}

/** A code that arrived in a StreamError. */
export const streamErrorCode = (text: string): ErrorCode =>
  errorCodes.find((candidate) => candidate === text) ?? 'internal';
