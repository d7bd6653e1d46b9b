import { Global, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { AgentDirectory } from '#libs/core/agent/agent-directory.port.js';
import { RateLimiter } from '#libs/core/identity/rate-limiter.port.js';
import { PlatformCertificates } from '#libs/core/node/enrollment.port.js';
import { RegistryVault } from '#libs/core/registry/registry.vault.js';
import { NodeStreams } from '#libs/core/stream/node-streams.port.js';
import { ShareObjects } from '#libs/core/stream/share-objects.port.js';
import { UnitOfWork } from '#libs/core/unit-of-work/unit-of-work.port.js';
import { RedisRateLimiter } from '#libs/identity/rate/redis.rate-limiter.js';
import { Clock, SystemClock } from '#libs/platform/clock.js';
import type { ApiConfig } from '#libs/platform/config.js';
import type { Log } from '#libs/platform/log.js';
import { QueueModule, RedisConnections } from '#libs/queue/queue.module.js';
import { redisSettings } from '#libs/queue/redis/redis-client.js';
import { PostgresAgentDirectory } from '#libs/store/agent/postgres.agent-directory.js';
import { CredentialListenerModule } from '#libs/store/identity/credential-listener.module.js';
import { StoreModule } from '#libs/store/store.module.js';
import { GrpcNodeStreams } from '#libs/streams/grpc.node-streams.js';
import { GrpcShareObjects } from '#libs/streams/grpc.share-objects.js';

/** The core's ports as the api has them: database, queue, counters, clock. */
@Global()
@Module({})
export class PortsModule {
  static forRoot(config: ApiConfig, log: Log): DynamicModule {
    const truth = { databaseUrl: config.DATABASE_URL, masterKey: config.PIERHEAD_MASTER_KEY_FILE };
    const queue = QueueModule.forRoot({ redis: redisSettings(config), prefix: config.PIERHEAD_REDIS_PREFIX, log });
    const store = StoreModule.forRoot({
      ...truth,
      poolSize: config.PIERHEAD_DATABASE_POOL,
      applicationName: 'pierhead-api',
      imports: [queue],
    });
    const credentials = CredentialListenerModule.forRoot({ ...truth, log });
    return {
      module: PortsModule,
      imports: [queue, store, credentials],
      providers: [
        { provide: Clock, useFactory: () => new SystemClock() },
        { provide: RegistryVault, useFactory: () => new RegistryVault(truth.masterKey) },
        {
          provide: RateLimiter,
          inject: [RedisConnections],
          useFactory: (redis: RedisConnections) => new RedisRateLimiter(redis.commands, config.PIERHEAD_REDIS_PREFIX),
        },
        {
          provide: AgentDirectory,
          inject: [UnitOfWork],
          useFactory: (work: UnitOfWork) => new PostgresAgentDirectory(work),
        },
      ],
      exports: [queue, store, credentials, Clock, RateLimiter, AgentDirectory, RegistryVault],
    };
  }
}

/** Container streams need a certificate of this process, made in memory when it starts. */
@Global()
@Module({
  providers: [
    {
      provide: GrpcNodeStreams,
      inject: [AgentDirectory, PlatformCertificates],
      useFactory: async (directory: AgentDirectory, certificates: PlatformCertificates) =>
        new GrpcNodeStreams({ directory, identity: await certificates.issue('api', []) }),
    },
    { provide: NodeStreams, useExisting: GrpcNodeStreams },
    {
      provide: ShareObjects,
      inject: [GrpcNodeStreams],
      useFactory: (streams: GrpcNodeStreams) => new GrpcShareObjects(streams),
    },
  ],
  exports: [NodeStreams, ShareObjects],
})
export class StreamsModule implements OnApplicationShutdown {
  constructor(private readonly streams: GrpcNodeStreams) {}

  onApplicationShutdown(): void {
    this.streams.close();
  }
}
