import { randomUUID } from 'node:crypto';
import { JwtService } from '@nestjs/jwt';
import { AccessTokens, type AccessTokenClaims } from '#libs/core/identity/access-tokens.port.js';
import { issuer, JwtStrategy } from './jwt.strategy.js';
import { algorithm, type StoredSigningKeys } from './stored.signing-keys.js';

export class JwtAccessTokens extends AccessTokens {
  private readonly jwt = new JwtService({});
  private readonly strategy: JwtStrategy;

  constructor(
    private readonly keys: StoredSigningKeys,
    readonly accessSeconds: number,
    readonly refreshSeconds: number,
  ) {
    super();
    this.strategy = new JwtStrategy(keys);
  }

  async issue({ userId, sessionId }: AccessTokenClaims): Promise<string> {
    const { kid, key } = await this.keys.signingKey();
    return this.jwt.signAsync(
      { sid: sessionId },
      {
        privateKey: key.export({ type: 'pkcs8', format: 'pem' }) as string,
        algorithm,
        keyid: kid,
        subject: userId,
        issuer,
        audience: issuer,
        jwtid: randomUUID(),
        expiresIn: this.accessSeconds,
      },
    );
  }

  verify(token: string): Promise<(AccessTokenClaims & { expiresAt: Date }) | null> {
    return this.strategy.verify(token);
  }
}
