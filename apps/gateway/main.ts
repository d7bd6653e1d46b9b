import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { ConfigError, gatewayConfig, readConfig } from '#libs/platform/config.js';
import { createMetrics, serveHealth } from '#libs/platform/health.js';
import { createLog } from '#libs/platform/log.js';
import { NestLog } from '#libs/platform/nest-log.js';
import { EdgeBoard } from './edge/edge.board.js';
import { GatewayProcess } from './gateway.process.js';
import { registerGatewayMetrics } from './gateway.metrics.js';
import { GatewayService } from './gateway.service.js';
import { NetworkBoard } from './network/network.board.js';
import { SessionRegistry } from './session/session.registry.js';
import { PendingStreams } from './stream/pending-streams.js';

async function main(): Promise<void> {
  const config = readConfig(gatewayConfig);
  const log = createLog('gateway', config.PIERHEAD_LOG_LEVEL);
  const app = await NestFactory.createApplicationContext(GatewayProcess.forRoot(config, log), {
    logger: new NestLog(log),
    abortOnError: false,
  });
  const gateway = app.get(GatewayService);
  const metrics = createMetrics('gateway');
  registerGatewayMetrics(
    metrics,
    app.get(SessionRegistry),
    app.get(PendingStreams),
    app.get(NetworkBoard),
    app.get(EdgeBoard),
  );
  const health = await serveHealth({
    host: config.PIERHEAD_HEALTH_HOST,
    port: config.PIERHEAD_HEALTH_PORT,
    metrics,
    problems: () => Promise.resolve(gateway.problems),
  });
  const stop = () => {
    log.info('Stopping; agents dial another gateway.');
    health.close();
    void app.close().finally(() => process.exit(0));
    setTimeout(() => process.exit(0), 10_000).unref();
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof ConfigError ? error.message : ((error as Error).stack ?? String(error))}\n`);
  process.exit(1);
});
