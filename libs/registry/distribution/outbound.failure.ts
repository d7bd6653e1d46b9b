import { DomainError, invalid } from '#libs/domain/error.js';
import { InnerAddressError } from '#libs/outbound/outbound.guard.js';

const reasons: Record<string, string> = {
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'its name cannot be looked up at the moment',
  ECONNREFUSED: 'nothing answers there',
  ECONNRESET: 'it ends the connection',
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

/** Why a host could not be asked, as a sentence for the tenant. */
export function outboundReason(error: unknown, host: string, signal: AbortSignal): string {
  if (error instanceof InnerAddressError) {
    return `The registry "${host}" is in a network that may not be asked from here; the operator can allow it.`;
  }
  if (signal.aborted) return `The registry "${host}" did not answer in time.`;
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  const reason = reasons[code] ?? (code.startsWith('ERR_SSL') ? reasons['EPROTO'] : undefined);
  return reason ? `The registry "${host}" could not be read: ${reason}.` : `The registry "${host}" could not be read.`;
}

/** @param field what the host stands in */
export function outboundRefusal(error: unknown, host: string, field: string, signal: AbortSignal): DomainError {
  if (error instanceof DomainError) return error;
  const sentence = outboundReason(error, host, signal);
  if (error instanceof InnerAddressError) return invalid(field, sentence);
  return new DomainError(signal.aborted ? 'timeout' : 'unavailable', sentence);
}
