import { randomUUID } from 'node:crypto';
import { HttpException } from '@nestjs/common';
import { DomainError, type ErrorCode, type ErrorDetail } from '#libs/domain/error.js';
import type { Log } from '#libs/platform/log.js';

/** A failed request in the core's words; each dialect has its own table from here to a status and a body. */
export interface Refusal {
  code: ErrorCode;
  message: string;
  detail: ErrorDetail;
  /** Set for `internal` only: it leads to the log line. */
  incidentId: string | null;
}

const known: Record<string, ErrorCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'too-large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported-media',
  FST_ERR_CTP_INVALID_JSON_BODY: 'invalid',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'invalid',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'invalid',
  FST_ERR_BAD_URL: 'invalid',
  FST_ERR_NOT_FOUND: 'not-found',
};

const sentences: Partial<Record<ErrorCode, string>> = {
  invalid: 'The body is not well-formed JSON.',
  'too-large': 'The body is larger than the platform takes.',
  'unsupported-media': 'This media type is not understood; send application/json.',
  'not-found': 'There is no such address.',
  'method-not-allowed': 'This address does not take this method.',
};

const byStatus: Record<number, ErrorCode> = {
  400: 'invalid',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not-found',
  405: 'method-not-allowed',
  408: 'timeout',
  413: 'too-large',
  415: 'unsupported-media',
  429: 'rate-limited',
  503: 'unavailable',
};

/** Reads whatever was thrown. What nobody expected becomes `internal`, is logged whole and shown as an incident. */
export function refusalFrom(error: unknown, log: Pick<Log, 'error'>, request?: { id?: unknown }): Refusal {
  if (error instanceof DomainError && error.code !== 'internal') {
    return { code: error.code, message: error.message, detail: error.detail, incidentId: null };
  }
  const code = expected(error);
  if (code) return { code, message: sentences[code] ?? 'The request was refused.', detail: {}, incidentId: null };
  const incidentId = randomUUID();
  log.error({ err: error, incidentId, requestId: request?.id }, 'a request failed unexpectedly');
  const message = `Something went wrong on our side. Name incident ${incidentId} when you report it.`;
  return { code: 'internal', message, detail: {}, incidentId };
}

function expected(error: unknown): ErrorCode | null {
  if (error instanceof HttpException) return byStatus[error.getStatus()] ?? null;
  if (!(error instanceof Error)) return null;
  if ('code' in error && typeof error.code === 'string' && known[error.code]) return known[error.code] ?? null;
  // Fastify's JSON parser throws its own kind of SyntaxError with a status.
  return 'statusCode' in error && typeof error.statusCode === 'number' ? (byStatus[error.statusCode] ?? null) : null;
}
