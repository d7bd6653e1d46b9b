import { Module, type DynamicModule, type FactoryProvider } from '@nestjs/common';
import { ActionCommands } from '#libs/core/action/action.commands.js';
import { WakeUps } from '#libs/core/agent/agent-directory.port.js';
import { ContainerCommands } from '#libs/core/container/container.commands.js';
import { ContainerQueries } from '#libs/core/container/container.queries.js';
import { ContainerStreams } from '#libs/core/container/container-streams.js';
import { ServiceLogs } from '#libs/core/container/service-logs.js';
import { StandaloneContainerCommands } from '#libs/core/container/standalone.commands.js';
import { EventFeed } from '#libs/core/event/event-feed.js';
import { FileShareCommands } from '#libs/core/file-share/file-share.commands.js';
import { FileShareSettings } from '#libs/core/file-share/file-share.settings.js';
import { RateLimiter } from '#libs/core/identity/rate-limiter.port.js';
import { NetworkQueries } from '#libs/core/network/network.queries.js';
import { HostAccessPolicy } from '#libs/core/policy/host-access.policy.js';
import { PublicIpPoolService } from '#libs/core/public-ip/public-ip-pool.service.js';
import { PublicIpService } from '#libs/core/public-ip/public-ip.service.js';
import { PublicIpSettings } from '#libs/core/public-ip/public-ip.settings.js';
import { RegistryService } from '#libs/core/registry/registry.service.js';
import { RegistryVault } from '#libs/core/registry/registry.vault.js';
import { RebalanceService } from '#libs/core/rebalance/rebalance.service.js';
import { ServiceCommands } from '#libs/core/service/service.commands.js';
import { ServiceQueries } from '#libs/core/service/service.queries.js';
import { StackCommands } from '#libs/core/stack/stack.commands.js';
import { StackQueries } from '#libs/core/stack/stack.queries.js';
import { NodeStreams } from '#libs/core/stream/node-streams.port.js';
import { TriggerCalls } from '#libs/core/trigger/trigger.calls.js';
import { TriggerService } from '#libs/core/trigger/trigger.service.js';
import { UnitOfWork } from '#libs/core/unit-of-work/unit-of-work.port.js';
import { VolumeArchives } from '#libs/core/volume/volume-archives.js';
import { VolumeCommands } from '#libs/core/volume/volume.commands.js';
import type { NetworkPool } from '#libs/domain/network/network-pool.js';
import { Clock } from '#libs/platform/clock.js';
import type { Log } from '#libs/platform/log.js';

export interface CoreOptions {
  networkPool: NetworkPool;
  allowHostAccess: boolean;
  /** How long a public address rests before it is given out again. */
  publicIpRestMs?: number;
  /** Sizes of file shares that are offered beside the standard ones, in bytes. */
  fileShareSizes?: number[];
  log: Log;
}

const defaultRestMs = 300_000;

/** The core's use cases of what tenants run, as providers over whatever implements its ports. */
@Module({})
export class CoreModule {
  static forRoot(options: CoreOptions): DynamicModule {
    const publicIps = new PublicIpSettings(options.publicIpRestMs ?? defaultRestMs);
    const providers: FactoryProvider[] = [
      { provide: HostAccessPolicy, useFactory: () => new HostAccessPolicy(options.allowHostAccess) },
      {
        provide: ServiceCommands,
        inject: [UnitOfWork, Clock, HostAccessPolicy],
        useFactory: (work: UnitOfWork, clock: Clock, policy: HostAccessPolicy) =>
          new ServiceCommands(work, clock, policy),
      },
      {
        provide: StackCommands,
        inject: [UnitOfWork, Clock, ServiceCommands],
        useFactory: (work: UnitOfWork, clock: Clock, services: ServiceCommands) =>
          new StackCommands(work, clock, services),
      },
      {
        provide: ContainerCommands,
        inject: [UnitOfWork, Clock],
        useFactory: (work: UnitOfWork, clock: Clock) => new ContainerCommands(work, clock),
      },
      {
        provide: ActionCommands,
        inject: [UnitOfWork, Clock, StackCommands, ServiceCommands, ContainerCommands],
        useFactory: (
          work: UnitOfWork,
          clock: Clock,
          stacks: StackCommands,
          services: ServiceCommands,
          containers: ContainerCommands,
        ) => new ActionCommands(work, clock, stacks, services, containers),
      },
      {
        provide: StandaloneContainerCommands,
        inject: [UnitOfWork, Clock, HostAccessPolicy],
        useFactory: (work: UnitOfWork, clock: Clock, policy: HostAccessPolicy) =>
          new StandaloneContainerCommands(work, clock, policy),
      },
      {
        provide: RebalanceService,
        inject: [UnitOfWork, Clock],
        useFactory: (work: UnitOfWork, clock: Clock) => new RebalanceService(work, clock),
      },
      {
        provide: VolumeCommands,
        inject: [UnitOfWork, Clock, WakeUps],
        useFactory: (work: UnitOfWork, clock: Clock, wakeUps: WakeUps) => new VolumeCommands(work, clock, wakeUps),
      },
      {
        provide: FileShareCommands,
        inject: [UnitOfWork, Clock, WakeUps],
        useFactory: (work: UnitOfWork, clock: Clock, wakeUps: WakeUps) =>
          new FileShareCommands(work, clock, wakeUps, new FileShareSettings(options.fileShareSizes ?? [])),
      },
      {
        provide: VolumeArchives,
        inject: [UnitOfWork, Clock, NodeStreams],
        useFactory: (work: UnitOfWork, clock: Clock, streams: NodeStreams) => new VolumeArchives(work, clock, streams),
      },
      {
        provide: TriggerService,
        inject: [UnitOfWork, Clock],
        useFactory: (work: UnitOfWork, clock: Clock) => new TriggerService(work, clock),
      },
      {
        provide: TriggerCalls,
        inject: [UnitOfWork, Clock, ServiceCommands, RateLimiter],
        useFactory: (work: UnitOfWork, clock: Clock, services: ServiceCommands, limiter: RateLimiter) =>
          new TriggerCalls(work, clock, services, limiter),
      },
      {
        provide: RegistryService,
        inject: [UnitOfWork, Clock, RegistryVault],
        useFactory: (work: UnitOfWork, clock: Clock, vault: RegistryVault) => new RegistryService(work, clock, vault),
      },
      {
        provide: NetworkQueries,
        inject: [UnitOfWork],
        useFactory: (work: UnitOfWork) => new NetworkQueries(work, options.networkPool),
      },
      {
        provide: PublicIpService,
        inject: [UnitOfWork, Clock],
        useFactory: (work: UnitOfWork, clock: Clock) => new PublicIpService(work, clock, publicIps),
      },
      {
        provide: PublicIpPoolService,
        inject: [UnitOfWork, Clock],
        useFactory: (work: UnitOfWork, clock: Clock) => new PublicIpPoolService(work, clock, publicIps),
      },
      { provide: ServiceQueries, inject: [UnitOfWork], useFactory: (work: UnitOfWork) => new ServiceQueries(work) },
      { provide: StackQueries, inject: [UnitOfWork], useFactory: (work: UnitOfWork) => new StackQueries(work) },
      { provide: ContainerQueries, inject: [UnitOfWork], useFactory: (work: UnitOfWork) => new ContainerQueries(work) },
      {
        provide: ContainerStreams,
        inject: [UnitOfWork, NodeStreams],
        useFactory: (work: UnitOfWork, streams: NodeStreams) => new ContainerStreams(work, streams),
      },
      {
        provide: EventFeed,
        inject: [UnitOfWork, WakeUps],
        useFactory: (work: UnitOfWork, wakeUps: WakeUps) => new EventFeed(work, wakeUps, options.log),
      },
      {
        provide: ServiceLogs,
        inject: [UnitOfWork, ContainerStreams, EventFeed],
        useFactory: (work: UnitOfWork, streams: ContainerStreams, feed: EventFeed) =>
          new ServiceLogs(work, streams, feed),
      },
    ];
    return { module: CoreModule, global: true, providers, exports: providers.map((provider) => provider.provide) };
  }
}
