import { Module, type DynamicModule } from '@nestjs/common';
import { networkPoolOf } from '#libs/core/network/network-pool.setting.js';
import { DockerCloudModule } from '#libs/dialects/docker-cloud/docker-cloud.module.js';
import { DockerCloudErrors } from '#libs/dialects/docker-cloud/refusal/docker-cloud.errors.js';
import { KitModule } from '#libs/dialects/kit/kit.module.js';
import { MstudioModule } from '#libs/dialects/mstudio/mstudio.module.js';
import { MstudioErrors } from '#libs/dialects/mstudio/refusal/mstudio.errors.js';
import { NativeWorkloadModule } from '#libs/dialects/native/native-workload.module.js';
import { NativeModule } from '#libs/dialects/native/native.module.js';
import { NativeErrors } from '#libs/dialects/native/refusal/native.errors.js';
import { IdentityModule } from '#libs/identity/identity.module.js';
import type { ApiConfig } from '#libs/platform/config.js';
import type { Log } from '#libs/platform/log.js';
import { BackupModule } from './backup.module.js';
import { CoreModule } from './core.module.js';
import { ImageModule } from './image.module.js';
import { PortsModule, StreamsModule } from './ports.module.js';
import { RouteModule } from './route.module.js';

/** The composition of an api: every dialect over one core. */
@Module({})
export class ApiModule {
  static forRoot(config: ApiConfig, log: Log): DynamicModule {
    const native = new NativeErrors();
    return {
      module: ApiModule,
      imports: [
        PortsModule.forRoot(config, log),
        IdentityModule.forRoot({
          masterKey: config.PIERHEAD_MASTER_KEY_FILE,
          accessSeconds: config.PIERHEAD_ACCESS_TOKEN_SECONDS,
          refreshSeconds: config.PIERHEAD_REFRESH_TOKEN_SECONDS,
          log,
        }),
        StreamsModule,
        CoreModule.forRoot({
          networkPool: networkPoolOf(config),
          publicIpRestMs: config.PIERHEAD_PUBLIC_IP_REST_MS,
          fileShareSizes: config.PIERHEAD_FILE_SHARE_SIZES,
          allowHostAccess: config.PIERHEAD_ALLOW_HOST_ACCESS,
          log,
        }),
        RouteModule.forRoot(config),
        BackupModule.forRoot(config),
        KitModule.forRoot({
          log,
          errors: [native, new DockerCloudErrors(), new MstudioErrors()],
          fallback: native,
          requestsPerMinute: config.PIERHEAD_RATE_LIMIT_PER_MINUTE,
          imports: [],
        }),
        NativeModule,
        NativeWorkloadModule,
        ImageModule.forRoot({ trustedRegistries: config.PIERHEAD_INNER_REGISTRIES }),
        MstudioModule.forRoot(),
        DockerCloudModule.forRoot({
          platformDomain: config.PIERHEAD_PLATFORM_DOMAIN,
          publicUrl: config.PIERHEAD_PUBLIC_URL ?? null,
          log,
        }),
      ],
    };
  }
}
