import { Module, type DynamicModule } from '@nestjs/common';
import { AcmeIssuer } from '#libs/acme/acme.issuer.js';
import { CertificateReconciler } from '#libs/core/certificate/certificate.reconciler.js';
import { CertificateVault } from '#libs/core/certificate/certificate.vault.js';
import { FileShareReconciler } from '#libs/core/file-share/file-share.reconciler.js';
import { ImageFollower } from '#libs/core/image/image-follower.js';
import { OutboxRelay } from '#libs/core/outbox/outbox.relay.js';
import { networkPoolOf } from '#libs/core/network/network-pool.setting.js';
import { ProjectNetworks } from '#libs/core/network/project-networks.js';
import { RebalanceRunner } from '#libs/core/rebalance/rebalance.runner.js';
import { ActionReconciler } from '#libs/core/reconcile/action.reconciler.js';
import { ContainerReconciler } from '#libs/core/reconcile/container.reconciler.js';
import { NodeMonitor } from '#libs/core/reconcile/node.monitor.js';
import { NodeClusterReconciler } from '#libs/core/reconcile/node-cluster.reconciler.js';
import { NodeReconciler } from '#libs/core/reconcile/node.reconciler.js';
import type { Reconciler } from '#libs/core/reconcile/reconciler.js';
import { RegistryVault } from '#libs/core/registry/registry.vault.js';
import { ServiceCommands } from '#libs/core/service/service.commands.js';
import { HostAccessPolicy } from '#libs/core/policy/host-access.policy.js';
import { ServiceReconciler } from '#libs/core/reconcile/service.reconciler.js';
import { StackReconciler } from '#libs/core/reconcile/stack.reconciler.js';
import { ServiceKeyVault } from '#libs/core/service/service-key.vault.js';
import { UnitOfWork } from '#libs/core/unit-of-work/unit-of-work.port.js';
import { SystemClock, type Clock } from '#libs/platform/clock.js';
import type { WorkerConfig } from '#libs/platform/config.js';
import type { Log } from '#libs/platform/log.js';
import { QueueModule, RedisConnections } from '#libs/queue/queue.module.js';
import { BullReconcileQueue } from '#libs/queue/reconcile/bullmq.reconcile-queue.js';
import type { ReconcileKind } from '#libs/queue/reconcile/reconcile.job.js';
import { ReconcileProcessor } from '#libs/queue/reconcile/reconcile.processor.js';
import { RedisWakeUps } from '#libs/queue/redis/redis.wake-ups.js';
import { redisSettings } from '#libs/queue/redis/redis-client.js';
import { DistributionImageInspector } from '#libs/registry/distribution/distribution.image-inspector.js';
import { StoreModule } from '#libs/store/store.module.js';
import { createMetrics } from '#libs/platform/health.js';
import { BackupLoops, BackupModule } from './backup.module.js';
import { WorkerMetrics } from './worker.metrics.js';
import { Loop } from './loop.js';
import { PlatformWorker } from './worker.js';

/** The composition of a worker: the core's reconcilers over the real store and queue. */
@Module({})
export class WorkerModule {
  static forRoot(config: WorkerConfig, log: Log): DynamicModule {
    const clock = new SystemClock();
    const networks = new ProjectNetworks(networkPoolOf(config));
    const queue = QueueModule.forRoot({ redis: redisSettings(config), prefix: config.PIERHEAD_REDIS_PREFIX, log });
    const store = StoreModule.forRoot({
      databaseUrl: config.DATABASE_URL,
      masterKey: config.PIERHEAD_MASTER_KEY_FILE,
      poolSize: config.PIERHEAD_DATABASE_POOL,
      applicationName: 'pierhead-worker',
      imports: [queue],
    });
    const metrics: DynamicModule = {
      module: class MetricsModule {},
      providers: [{ provide: WorkerMetrics, useFactory: () => new WorkerMetrics(createMetrics('worker')) }],
      exports: [WorkerMetrics],
    };
    return {
      module: WorkerModule,
      imports: [queue, store, metrics, BackupModule.forRoot(config, log, [store, metrics])],
      providers: [
        {
          provide: BullReconcileQueue,
          inject: [RedisConnections],
          useFactory: (redis: RedisConnections) => new BullReconcileQueue(redis.commands, config.PIERHEAD_REDIS_PREFIX),
        },
        {
          provide: OutboxRelay,
          inject: [UnitOfWork, BullReconcileQueue],
          useFactory: (work: UnitOfWork, keys: BullReconcileQueue) => new OutboxRelay(work, keys, log),
        },
        {
          provide: PlatformWorker,
          inject: [UnitOfWork, BullReconcileQueue, OutboxRelay, BackupLoops],
          useFactory: (work: UnitOfWork, keys: BullReconcileQueue, relay: OutboxRelay, backups: BackupLoops) =>
            new PlatformWorker(
              work,
              keys,
              relay,
              new NodeMonitor(work, clock, nodeTimers(config), log),
              clock,
              log,
              { sweepMs: config.PIERHEAD_SWEEP_MS },
              [
                imageLoop(work, clock, config, log),
                new Loop('rebalance', 15_000, () => new RebalanceRunner(work, clock, log).look(), log),
                ...backups.loops,
              ],
            ),
        },
        {
          provide: CertificateReconciler,
          inject: [UnitOfWork],
          useFactory: (work: UnitOfWork) =>
            new CertificateReconciler(
              work,
              clock,
              new CertificateVault(config.PIERHEAD_MASTER_KEY_FILE),
              issuerOf(config),
              log,
            ),
        },
        {
          provide: ReconcileProcessor,
          inject: [UnitOfWork, RedisWakeUps, RedisConnections, PlatformWorker, WorkerMetrics, CertificateReconciler],
          useFactory: (
            work: UnitOfWork,
            wakeUps: RedisWakeUps,
            redis: RedisConnections,
            worker: PlatformWorker,
            metrics: WorkerMetrics,
            certificates: CertificateReconciler,
          ) =>
            new ReconcileProcessor(
              new Map<ReconcileKind, Reconciler>([
                ['service', new ServiceReconciler(work, clock, wakeUps, { ...containerPlatform(config), networks })],
                ['stack', new StackReconciler(work, clock)],
                ['container', new ContainerReconciler(work, clock, wakeUps, networks)],
                ['node', new NodeReconciler(work)],
                ['node-cluster', new NodeClusterReconciler(work, clock)],
                ['action', new ActionReconciler(work, clock)],
                ['certificate', certificates],
                ['file-share', new FileShareReconciler(work, clock)],
              ]),
              {
                connection: redis.commands,
                prefix: config.PIERHEAD_REDIS_PREFIX,
                concurrency: config.PIERHEAD_WORKER_CONCURRENCY,
                again: (key, at) => worker.again(key, at),
                done: (kind, outcome, ms) => metrics.reconciled(kind, outcome, ms),
                log,
              },
            ),
        },
      ],
    };
  }
}

const containerPlatform = (config: WorkerConfig) => ({
  place: { domain: config.PIERHEAD_PLATFORM_DOMAIN, publicUrl: config.PIERHEAD_PUBLIC_URL ?? null },
  vault: new ServiceKeyVault(config.PIERHEAD_MASTER_KEY_FILE),
});

const issuerOf = ({
  PIERHEAD_ACME_DIRECTORY: directory,
  PIERHEAD_ACME_EMAIL: email,
  PIERHEAD_ACME_CA: ca,
}: WorkerConfig) =>
  directory === undefined ? null : new AcmeIssuer({ directory, email: email ?? null, ca: ca ?? null });

const longestImageWaitMs = 3_600_000;

function imageLoop(work: UnitOfWork, clock: Clock, config: WorkerConfig, log: Log): Loop {
  const follower = new ImageFollower(
    work,
    clock,
    // Definitions were checked when they were given; a redeploy changes none.
    new ServiceCommands(work, clock, new HostAccessPolicy(true)),
    new DistributionImageInspector({ trusted: config.PIERHEAD_INNER_REGISTRIES }),
    new RegistryVault(config.PIERHEAD_MASTER_KEY_FILE),
    { everyMs: config.PIERHEAD_IMAGE_LOOK_MS, atMostMs: longestImageWaitMs },
    log,
  );
  return new Loop('images', Math.min(2_000, config.PIERHEAD_IMAGE_LOOK_MS), () => follower.look(), log);
}

const nodeTimers = (config: WorkerConfig) => ({
  suspectAfterMs: config.PIERHEAD_NODE_SUSPECT_MS,
  unreachableAfterMs: config.PIERHEAD_NODE_UNREACHABLE_MS,
  lostAfterMs: config.PIERHEAD_NODE_LOST_MS,
});
