import { Global, Module, type DynamicModule } from '@nestjs/common';
import { ImageInspector } from '#libs/core/image/image-inspector.port.js';
import { ImageNotices } from '#libs/core/image/image-notices.js';
import { ImageQueries } from '#libs/core/image/image.queries.js';
import { RegistryProber } from '#libs/core/registry/registry-prober.port.js';
import { RegistryAccounts } from '#libs/core/registry/registry.accounts.js';
import { RegistryVault } from '#libs/core/registry/registry.vault.js';
import { UnitOfWork } from '#libs/core/unit-of-work/unit-of-work.port.js';
import { Clock } from '#libs/platform/clock.js';
import { DistributionImageInspector } from '#libs/registry/distribution/distribution.image-inspector.js';
import { DistributionRegistryProber } from '#libs/registry/distribution/distribution.registry-prober.js';

/** What registries say of images and of credentials. */
@Global()
@Module({})
export class ImageModule {
  static forRoot(options: { trustedRegistries: readonly string[] }): DynamicModule {
    const outbound = { trusted: options.trustedRegistries };
    return {
      module: ImageModule,
      providers: [
        { provide: ImageInspector, useFactory: () => new DistributionImageInspector(outbound) },
        { provide: RegistryProber, useFactory: () => new DistributionRegistryProber(outbound) },
        { provide: ImageNotices, inject: [UnitOfWork], useFactory: (work: UnitOfWork) => new ImageNotices(work) },
        {
          provide: ImageQueries,
          inject: [ImageInspector, UnitOfWork, RegistryVault],
          useFactory: (inspector: ImageInspector, work: UnitOfWork, vault: RegistryVault) =>
            new ImageQueries(inspector, work, vault),
        },
        {
          provide: RegistryAccounts,
          inject: [UnitOfWork, Clock, RegistryVault, RegistryProber],
          useFactory: (work: UnitOfWork, clock: Clock, vault: RegistryVault, prober: RegistryProber) =>
            new RegistryAccounts(work, clock, vault, prober),
        },
      ],
      exports: [ImageQueries, ImageNotices, RegistryAccounts],
    };
  }
}
