import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { CertificateReconciler } from '#libs/core/certificate/certificate.reconciler.js';
import { OutboxRelay } from '#libs/core/outbox/outbox.relay.js';
import { UnitOfWork } from '#libs/core/unit-of-work/unit-of-work.port.js';
import { ConfigError, readConfig, workerConfig } from '#libs/platform/config.js';
import { serveHealth } from '#libs/platform/health.js';
import { createLog } from '#libs/platform/log.js';
import { NestLog } from '#libs/platform/nest-log.js';
import { RedisConnections } from '#libs/queue/queue.module.js';
import { ReconcileProcessor } from '#libs/queue/reconcile/reconcile.processor.js';
import { RedisWakeUps } from '#libs/queue/redis/redis.wake-ups.js';
import { BackupLoops } from './backup.module.js';
import { WorkerMetrics } from './worker.metrics.js';
import { WorkerModule } from './worker.module.js';
import { PlatformWorker } from './worker.js';

async function main(): Promise<void> {
  const config = readConfig(workerConfig);
  const log = createLog('worker', config.PIERHEAD_LOG_LEVEL);
  const app = await NestFactory.createApplicationContext(WorkerModule.forRoot(config, log), {
    logger: new NestLog(log),
  });
  const worker = app.get(PlatformWorker);
  const processor = app.get(ReconcileProcessor);
  const relay = app.get(OutboxRelay);
  const work = app.get(UnitOfWork);
  const redis = app.get(RedisConnections);
  const deaf = app.get(RedisWakeUps).onOutbox(() => void relay.kick());
  const health = await serveHealth({
    host: config.PIERHEAD_HEALTH_HOST,
    port: config.PIERHEAD_HEALTH_PORT,
    metrics: app.get(WorkerMetrics).registry,
    problems: async () => {
      await work.platformRead((tx) => tx.reconcile.dueKeys(new Date(0)));
      if (redis.commands.status !== 'ready') return ['Redis does not answer.'];
      return processor.running ? [] : ['No keys are taken off the queue.'];
    },
  });
  worker.start(processor);
  log.info('The worker runs.');
  const stop = () => {
    log.info('Stopping; keys that are being worked on come to their end.');
    health.close();
    deaf();
    app.get(CertificateReconciler).stop();
    void Promise.allSettled([processor.close(), worker.stop(), app.get(BackupLoops).runner.stop()])
      .then(() => app.close())
      .finally(() => process.exit(0));
    setTimeout(() => process.exit(0), 10_000).unref();
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof ConfigError ? error.message : ((error as Error).stack ?? String(error))}\n`);
  process.exit(1);
});
