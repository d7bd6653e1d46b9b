import { ExtractJwt, Strategy, type VerifiedCallback } from 'passport-jwt';
import { algorithm, type StoredSigningKeys } from './stored.signing-keys.js';

export const issuer = 'pierhead';

interface Payload {
  sub?: unknown;
  sid?: unknown;
  exp?: unknown;
}

export interface VerifiedPayload {
  userId: string;
  sessionId: string;
  expiresAt: Date;
}

/** The key id of a token's header; null where it cannot be read. Nothing is trusted before the signature is checked. */
function keyIdOf(token: string): string | null {
  try {
    const header = JSON.parse(Buffer.from(token.split('.', 1)[0] ?? '', 'base64url').toString()) as { kid?: unknown };
    return typeof header.kid === 'string' ? header.kid : null;
  } catch {
    return null;
  }
}

/**
 * passport-jwt without a session and without Express: each check runs on a copy of the strategy that carries its own
 * outcome, which is how passport itself runs strategies.
 */
export class JwtStrategy {
  private readonly strategy: Strategy;

  constructor(keys: StoredSigningKeys) {
    this.strategy = new Strategy(
      {
        jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
        algorithms: [algorithm],
        issuer,
        audience: issuer,
        secretOrKeyProvider: (_request, token: string, done) => {
          const kid = keyIdOf(token);
          if (!kid) return done(new Error('no key id'));
          keys.verifyingKey(kid).then(
            (key) => (key ? done(null, key.export({ type: 'spki', format: 'pem' }) as string) : done('unknown key')),
            (error: unknown) => done(new LookupFailure(error)),
          );
        },
      },
      (payload: Payload, done: VerifiedCallback) => done(null, payload),
    );
  }

  /** Null for whatever is not a good token; rejects when the keys cannot be looked up. */
  verify(token: string): Promise<VerifiedPayload | null> {
    return new Promise((resolve, reject) => {
      const check = Object.create(this.strategy) as Strategy;
      check.success = (payload: unknown) => resolve(read(payload as Payload));
      check.fail = (challenge?: unknown) =>
        challenge instanceof LookupFailure ? reject(challenge.reason) : resolve(null);
      check.error = (error: unknown) => reject(error);
      check.authenticate({ headers: { authorization: `Bearer ${token}` } } as never);
    });
  }
}

class LookupFailure extends Error {
  constructor(readonly reason: unknown) {
    super('the signing keys cannot be looked up');
  }
}

const read = ({ sub, sid, exp }: Payload): VerifiedPayload | null =>
  typeof sub === 'string' && typeof sid === 'string' && typeof exp === 'number'
    ? { userId: sub, sessionId: sid, expiresAt: new Date(exp * 1000) }
    : null;
