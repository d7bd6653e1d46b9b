export interface AccessTokenClaims {
  userId: string;
  sessionId: string;
}

/** Short-lived signed tokens. Good alone means signed by us and not expired: the session is still to be looked up. */
export abstract class AccessTokens {
  abstract readonly accessSeconds: number;
  /** How long a session lives without a refresh. */
  abstract readonly refreshSeconds: number;
  abstract issue(claims: AccessTokenClaims): Promise<string>;
  /** Null for a token of anybody else, an expired one and one signed with a retired key. */
  abstract verify(token: string): Promise<(AccessTokenClaims & { expiresAt: Date }) | null>;
}

/** The keys that access tokens are signed with. The newest signs; the others verify until they are retired. */
export abstract class SigningKeys {
  /** Makes and stores a key that signs from now on; returns its `kid`. */
  abstract rotate(): Promise<string>;
  /** From now on tokens signed with it are refused. `conflict` for the key that signs, `not-found` for none. */
  abstract retire(kid: string): Promise<void>;
  /** Public parts of the keys in use, as RFC 7517 gives them. */
  abstract jwks(): Promise<{ keys: Record<string, unknown>[] }>;
}
