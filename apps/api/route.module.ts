import { Global, Module, type DynamicModule, type FactoryProvider } from '@nestjs/common';
import { CertificateService } from '#libs/core/certificate/certificate.service.js';
import { CertificateSettings } from '#libs/core/certificate/certificate.settings.js';
import { CertificateVault } from '#libs/core/certificate/certificate.vault.js';
import { DomainProofs } from '#libs/core/domain/domain-proofs.port.js';
import { DomainService } from '#libs/core/domain/domain.service.js';
import { RouteCommands } from '#libs/core/route/route.commands.js';
import { RouteQueries } from '#libs/core/route/route.queries.js';
import { RouteSites } from '#libs/core/route/route.sites.js';
import { RouteSettings } from '#libs/core/route/route.settings.js';
import { UnitOfWork } from '#libs/core/unit-of-work/unit-of-work.port.js';
import { NetworkDomainProofs } from '#libs/outbound/network.domain-proofs.js';
import { Clock } from '#libs/platform/clock.js';
import type { ApiConfig } from '#libs/platform/config.js';

export type RouteConfig = Pick<
  ApiConfig,
  | 'PIERHEAD_DEFAULT_DOMAIN'
  | 'PIERHEAD_EDGE_TCP_PORTS'
  | 'PIERHEAD_ACME_DIRECTORY'
  | 'PIERHEAD_DNS_SERVERS'
  | 'PIERHEAD_INNER_PROOFS'
> & { PIERHEAD_MASTER_KEY_FILE: Buffer };

/** Routes, the domains they are on and the certificates they show. */
@Global()
@Module({})
export class RouteModule {
  static forRoot(config: RouteConfig): DynamicModule {
    const providers: FactoryProvider[] = [
      {
        provide: RouteSettings,
        useFactory: () => new RouteSettings(config.PIERHEAD_DEFAULT_DOMAIN ?? null, config.PIERHEAD_EDGE_TCP_PORTS),
      },
      {
        provide: CertificateSettings,
        useFactory: () => new CertificateSettings(config.PIERHEAD_ACME_DIRECTORY !== undefined),
      },
      { provide: CertificateVault, useFactory: () => new CertificateVault(config.PIERHEAD_MASTER_KEY_FILE) },
      {
        provide: DomainProofs,
        useFactory: () =>
          new NetworkDomainProofs({ servers: config.PIERHEAD_DNS_SERVERS, inner: config.PIERHEAD_INNER_PROOFS }),
      },
      {
        provide: RouteCommands,
        inject: [UnitOfWork, Clock, RouteSettings],
        useFactory: (work: UnitOfWork, clock: Clock, settings: RouteSettings) =>
          new RouteCommands(work, clock, settings),
      },
      { provide: RouteQueries, inject: [UnitOfWork], useFactory: (work: UnitOfWork) => new RouteQueries(work) },
      {
        provide: DomainService,
        inject: [UnitOfWork, Clock, DomainProofs, RouteSettings],
        useFactory: (work: UnitOfWork, clock: Clock, proofs: DomainProofs, settings: RouteSettings) =>
          new DomainService(work, clock, proofs, settings),
      },
      {
        provide: CertificateService,
        inject: [UnitOfWork, Clock, CertificateVault, CertificateSettings],
        useFactory: (work: UnitOfWork, clock: Clock, vault: CertificateVault, settings: CertificateSettings) =>
          new CertificateService(work, clock, vault, settings),
      },
      {
        provide: RouteSites,
        inject: [UnitOfWork, RouteCommands, RouteQueries, DomainService, CertificateService],
        useFactory: (
          work: UnitOfWork,
          commands: RouteCommands,
          queries: RouteQueries,
          domains: DomainService,
          certificates: CertificateService,
        ) => new RouteSites(work, commands, queries, domains, certificates),
      },
    ];
    return { module: RouteModule, providers, exports: providers.map((provider) => provider.provide) };
  }
}
