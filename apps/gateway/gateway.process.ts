import { Global, Module, type DynamicModule } from '@nestjs/common';
import { AgentDirectory } from '#libs/core/agent/agent-directory.port.js';
import { ProjectChanges } from '#libs/core/event/project-changes.port.js';
import { CertificateVault } from '#libs/core/certificate/certificate.vault.js';
import { EdgeDirectory } from '#libs/core/edge/edge-directory.port.js';
import { NetworkDirectory } from '#libs/core/network/network-directory.port.js';
import { RegistryVault } from '#libs/core/registry/registry.vault.js';
import { ServiceKeyVault } from '#libs/core/service/service-key.vault.js';
import { StorageDirectory } from '#libs/core/volume/storage-directory.port.js';
import { UnitOfWork } from '#libs/core/unit-of-work/unit-of-work.port.js';
import { CertificateModule } from '#libs/identity/certificate.module.js';
import { Clock, SystemClock } from '#libs/platform/clock.js';
import type { GatewayConfig } from '#libs/platform/config.js';
import { newId } from '#libs/platform/id.js';
import type { Log } from '#libs/platform/log.js';
import { QueueModule } from '#libs/queue/queue.module.js';
import { redisSettings } from '#libs/queue/redis/redis-client.js';
import { PostgresAgentDirectory } from '#libs/store/agent/postgres.agent-directory.js';
import { ServiceKeys } from '#libs/store/agent/service-keys.js';
import { PullCredentials } from '#libs/store/registry/pull-credentials.js';
import { PostgresStorageDirectory } from '#libs/store/volume/postgres.storage-directory.js';
import { StoreModule } from '#libs/store/store.module.js';
import { PostgresProjectChanges } from '#libs/store/event/postgres.project-changes.js';
import { PostgresEdgeDirectory } from '#libs/store/edge/postgres.edge-directory.js';
import { PostgresNetworkDirectory } from '#libs/store/network/postgres.network-directory.js';
import { GatewayLog } from './gateway.log.js';
import { GatewayModule } from './gateway.module.js';
import { GatewaySettings } from './gateway.settings.js';

@Global()
@Module({})
class DirectoryModule {
  static forRoot(masterKey: Buffer, log: Log, store: DynamicModule): DynamicModule {
    return {
      module: DirectoryModule,
      imports: [store],
      providers: [
        { provide: Clock, useFactory: () => new SystemClock() },
        {
          provide: ProjectChanges,
          inject: [UnitOfWork],
          useFactory: (work: UnitOfWork) => new PostgresProjectChanges(work),
        },
        {
          provide: NetworkDirectory,
          inject: [UnitOfWork],
          useFactory: (work: UnitOfWork) => new PostgresNetworkDirectory(work),
        },
        {
          provide: EdgeDirectory,
          inject: [UnitOfWork],
          useFactory: (work: UnitOfWork) => new PostgresEdgeDirectory(work),
        },
        { provide: CertificateVault, useFactory: () => new CertificateVault(masterKey) },
        {
          provide: StorageDirectory,
          inject: [UnitOfWork],
          useFactory: (work: UnitOfWork) => new PostgresStorageDirectory(work),
        },
        {
          provide: AgentDirectory,
          inject: [UnitOfWork],
          useFactory: (work: UnitOfWork) =>
            new PostgresAgentDirectory(
              work,
              new PullCredentials(new RegistryVault(masterKey), log),
              new ServiceKeys(new ServiceKeyVault(masterKey), log),
            ),
        },
      ],
      exports: [
        Clock,
        AgentDirectory,
        ProjectChanges,
        NetworkDirectory,
        EdgeDirectory,
        StorageDirectory,
        CertificateVault,
      ],
    };
  }
}

/** The composition of a gateway: sessions and streams over the real store, queue and certificate authority. */
@Module({})
export class GatewayProcess {
  static forRoot(config: GatewayConfig, log: Log): DynamicModule {
    const queue = QueueModule.forRoot({ redis: redisSettings(config), prefix: config.PIERHEAD_REDIS_PREFIX, log });
    const store = StoreModule.forRoot({
      databaseUrl: config.DATABASE_URL,
      masterKey: config.PIERHEAD_MASTER_KEY_FILE,
      poolSize: config.PIERHEAD_DATABASE_POOL,
      applicationName: 'pierhead-gateway',
      imports: [queue],
    });
    const directory = DirectoryModule.forRoot(config.PIERHEAD_MASTER_KEY_FILE, log, store);
    const certificates = CertificateModule.forRoot({ masterKey: config.PIERHEAD_MASTER_KEY_FILE, imports: [store] });
    return {
      module: GatewayProcess,
      imports: [
        queue,
        directory,
        store,
        GatewayModule.register({
          settings: new GatewaySettings({
            gatewayId: newId(),
            host: config.PIERHEAD_GATEWAY_HOST,
            port: config.PIERHEAD_GATEWAY_PORT,
            joinPort: config.PIERHEAD_GATEWAY_JOIN_PORT,
            advertise: config.PIERHEAD_GATEWAY_ADVERTISE,
            heartbeatMs: config.PIERHEAD_HEARTBEAT_MS,
          }),
          log: new GatewayLog(log),
          imports: [certificates],
        }),
      ],
    };
  }
}
