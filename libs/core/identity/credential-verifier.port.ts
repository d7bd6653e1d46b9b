import type { Principal } from './principal.js';

/** The headers of a request, names in lower case. */
export type CredentialHeaders = Record<string, string | string[] | undefined>;

/**
 * Finds out who asks. Takes `Basic user:apikey`, `Bearer` and `X-Auth-Token` or `X-Access-Token` with either an API key or an
 * access token. Everything that is not a good credential of an enabled user is `unauthenticated`, with one
 * sentence for all, so that a caller learns nothing of what exists.
 */
export abstract class CredentialVerifier {
  abstract authenticate(headers: CredentialHeaders): Promise<Principal>;
}
