/** What has changed: everything remembered about it is wrong from now on. */
export type InvalidatedSubject =
  | { kind: 'user' | 'api-key' | 'session' | 'organization'; id: string }
  | { kind: 'signing-keys' }
  /** The line was cut, so changes may have been missed. */
  | { kind: 'everything' };

/**
 * Tells every process at once that a credential was revoked, a role changed or a user disabled. While `connected`
 * is false nothing may be remembered.
 */
export abstract class CredentialInvalidations {
  abstract readonly connected: boolean;
  abstract onInvalidated(listener: (subject: InvalidatedSubject) => void): void;
  /** Returns when everything committed before the call was heard here, so that a revoked key fails at the next call. */
  abstract settle(): Promise<void>;
}
