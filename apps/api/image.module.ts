import { Global, Module, type DynamicModule } from '@nestjs/common';
import { ImageInspector } from '#libs/core/image/image-inspector.port.js';
import { ImageQueries } from '#libs/core/image/image.queries.js';
import { DistributionImageInspector } from '#libs/registry/distribution/distribution.image-inspector.js';

/** What registries say of images. */
@Global()
@Module({})
export class ImageModule {
  static forRoot(options: { trustedRegistries: readonly string[] }): DynamicModule {
    return {
      module: ImageModule,
      providers: [
        {
          provide: ImageInspector,
          useFactory: () => new DistributionImageInspector({ trusted: options.trustedRegistries }),
        },
        {
          provide: ImageQueries,
          inject: [ImageInspector],
          useFactory: (inspector: ImageInspector) => new ImageQueries(inspector),
        },
      ],
      exports: [ImageQueries],
    };
  }
}
