import { S3ServiceException } from '@aws-sdk/client-s3';
import type { S3Settings } from '#libs/domain/backup/target.js';
import { DomainError, invalid } from '#libs/domain/error.js';
import { InnerAddressError } from '#libs/outbound/outbound.guard.js';
import { innerSentence } from './s3.client.js';

const network: Record<string, string> = {
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'its name cannot be looked up at the moment',
  ECONNREFUSED: 'nothing answers there',
  ECONNRESET: 'it ended the connection',
  EPIPE: 'it ended the connection',
  EHOSTUNREACH: 'it cannot be reached from here',
  ENETUNREACH: 'it cannot be reached from here',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by nobody who is trusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by nobody who is trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is signed by nobody who is trusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is signed by nobody who is trusted',
  EPROTO: 'it does not speak TLS',
};

/** What a store said no with, or nothing at all, as a sentence for the tenant. */
export function s3Refusal(error: unknown, settings: S3Settings): unknown {
  const inner = causeOf(error, (each): each is InnerAddressError => each instanceof InnerAddressError);
  if (inner) return invalid('endpoint', innerSentence(inner.host));
  if (error instanceof DomainError || !(error instanceof Error)) return error;
  if (error instanceof S3ServiceException) return serviceRefusal(error, settings);
  const { host } = new URL(settings.endpoint);
  if (error.name === 'TimeoutError') return new DomainError('timeout', `The store "${host}" did not answer in time.`);
  const reason = network['code' in error ? String(error.code) : ''];
  return reason === undefined ? error : new DomainError('unavailable', `The store "${host}": ${reason}.`);
}

function serviceRefusal(error: S3ServiceException, { endpoint, bucket, region }: S3Settings): DomainError {
  const { host } = new URL(endpoint);
  const status = error.$metadata.httpStatusCode ?? 0;
  const said = /^[A-Za-z0-9.]{1,64}$/.test(error.name) ? error.name : String(status);
  if (error.name === 'NoSuchKey') return new DomainError('not-found', 'The store has no such object.');
  if (error.name === 'NoSuchBucket') return invalid('bucket', `bucket: the store "${host}" has no bucket "${bucket}".`);
  if (status === 301 || error.name === 'AuthorizationHeaderMalformed') {
    return invalid('region', `region: the bucket "${bucket}" is not in "${region}" (${said}).`);
  }
  if (error.name === 'SignatureDoesNotMatch') {
    return invalid('secretAccessKey', `secretAccessKey: it is not the one of this access key (${said}).`);
  }
  if (error.name === 'InvalidAccessKeyId') {
    return invalid('accessKeyId', `accessKeyId: the store "${host}" does not know it (${said}).`);
  }
  if (status === 401 || status === 403) {
    return invalid('accessKeyId', `accessKeyId: it may not do what backups need in bucket "${bucket}" (${said}).`);
  }
  // What is wrong with the request stays so when it is made again.
  if (status >= 400 && status < 500 && status !== 408 && status !== 429) {
    return invalid('endpoint', `endpoint: the store "${host}" refused (${said}).`);
  }
  return new DomainError('unavailable', `The store "${host}" is at fault (${said}).`);
}

function causeOf<T>(error: unknown, is: (each: unknown) => each is T): T | null {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) if (is(at)) return at;
  return null;
}
