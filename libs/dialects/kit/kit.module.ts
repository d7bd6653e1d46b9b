import { Module, type DynamicModule, type ModuleMetadata } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE, DiscoveryModule } from '@nestjs/core';
import { ResourceLocator } from '#libs/core/tenancy/resource-locator.js';
import { UnitOfWork } from '#libs/core/unit-of-work/unit-of-work.port.js';
import type { Log } from '#libs/platform/log.js';
import { AccessGuard } from './access/access.guard.js';
import { Admission, RequestLimits } from './access/admission.js';
import { RouteRegistry } from './access/route-registry.js';
import type { DialectErrors } from './refusal/dialect-errors.js';
import { RefusalFilter } from './refusal/refusal.filter.js';
import { SchemaPipe } from './validation/schema.pipe.js';

export interface KitOptions {
  log: Log;
  /** Every dialect that is served. */
  errors: readonly DialectErrors[];
  /** Answers where no dialect's path matches. */
  fallback: DialectErrors;
  requestsPerMinute: number;
  /** Modules that export CredentialVerifier, RateLimiter and UnitOfWork, unless those are global. */
  imports: NonNullable<ModuleMetadata['imports']>;
}

/** What all dialects stand on: the guard, the errors, the validation. Imported once, by the process. */
@Module({})
export class KitModule {
  static forRoot(options: KitOptions): DynamicModule {
    return {
      module: KitModule,
      global: true,
      imports: [DiscoveryModule, ...options.imports],
      providers: [
        Admission,
        RouteRegistry,
        {
          provide: ResourceLocator,
          inject: [UnitOfWork],
          useFactory: (work: UnitOfWork) => new ResourceLocator(work),
        },
        { provide: RequestLimits, useValue: { perMinute: options.requestsPerMinute } satisfies RequestLimits },
        { provide: APP_GUARD, useClass: AccessGuard },
        { provide: APP_PIPE, useClass: SchemaPipe },
        { provide: APP_FILTER, useFactory: () => new RefusalFilter(options.errors, options.fallback, options.log) },
      ],
      exports: [Admission, RouteRegistry],
    };
  }
}
