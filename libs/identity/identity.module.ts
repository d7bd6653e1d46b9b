import { Module, type DynamicModule, type ModuleMetadata, type Provider } from '@nestjs/common';
import { AccessTokens, SigningKeys } from '#libs/core/identity/access-tokens.port.js';
import { CredentialInvalidations } from '#libs/core/identity/credential-invalidations.port.js';
import { CredentialVerifier } from '#libs/core/identity/credential-verifier.port.js';
import { PasswordHasher } from '#libs/core/identity/password-hasher.port.js';
import { UnitOfWork } from '#libs/core/unit-of-work/unit-of-work.port.js';
import { Clock } from '#libs/platform/clock.js';
import type { Log } from '#libs/platform/log.js';
import { CertificateModule } from './certificate.module.js';
import { CachedCredentialVerifier } from './credential/cached.credential-verifier.js';
import { CredentialCache } from './credential/credential.cache.js';
import { CredentialUse } from './credential/credential.use.js';
import { Argon2PasswordHasher } from './password/argon2.password-hasher.js';
import { JwtAccessTokens } from './token/jwt.access-tokens.js';
import { StoredSigningKeys } from './token/stored.signing-keys.js';
import { identityUseCases } from './use-cases.js';

export interface IdentityOptions {
  masterKey: Buffer;
  accessSeconds: number;
  refreshSeconds: number;
  log: Log;
  /** Modules that export UnitOfWork, CredentialInvalidations, RateLimiter and Clock, unless those are global. */
  imports?: ModuleMetadata['imports'];
}

/** Who asks: credentials, sessions, and the use cases of organizations, users, keys, nodes and quotas. */
@Module({})
export class IdentityModule {
  static forRoot(options: IdentityOptions): DynamicModule {
    const imports = options.imports ?? [];
    const certificates = CertificateModule.forRoot({ masterKey: options.masterKey, imports });
    const providers: Provider[] = [
      { provide: PasswordHasher, useFactory: () => new Argon2PasswordHasher() },
      {
        provide: StoredSigningKeys,
        inject: [UnitOfWork, Clock, CredentialInvalidations],
        useFactory: (work: UnitOfWork, clock: Clock, invalidations: CredentialInvalidations) =>
          new StoredSigningKeys(work, clock, options.masterKey, invalidations),
      },
      { provide: SigningKeys, useExisting: StoredSigningKeys },
      {
        provide: AccessTokens,
        inject: [StoredSigningKeys],
        useFactory: (keys: StoredSigningKeys) =>
          new JwtAccessTokens(keys, options.accessSeconds, options.refreshSeconds),
      },
      {
        provide: CachedCredentialVerifier,
        inject: [UnitOfWork, AccessTokens, CredentialInvalidations, Clock],
        useFactory: (work: UnitOfWork, tokens: AccessTokens, invalidations: CredentialInvalidations, clock: Clock) =>
          new CachedCredentialVerifier(work, tokens, new CredentialCache(invalidations), clock),
      },
      { provide: CredentialVerifier, useExisting: CachedCredentialVerifier },
      {
        provide: CredentialUse,
        inject: [CachedCredentialVerifier],
        useFactory: (verifier: CachedCredentialVerifier) => new CredentialUse(verifier, options.log),
      },
      ...identityUseCases,
    ];
    return {
      module: IdentityModule,
      global: true,
      imports: [...imports, certificates],
      providers,
      exports: [
        PasswordHasher,
        SigningKeys,
        AccessTokens,
        CredentialVerifier,
        certificates,
        ...identityUseCases.map((provider) => provider.provide),
      ],
    };
  }
}
