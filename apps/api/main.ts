import 'reflect-metadata';
import { UnitOfWork } from '#libs/core/unit-of-work/unit-of-work.port.js';
import { apiConfig, ConfigError, readConfig } from '#libs/platform/config.js';
import { createMetrics, serveHealth } from '#libs/platform/health.js';
import { createLog } from '#libs/platform/log.js';
import { createApp } from './create-app.js';

async function main(): Promise<void> {
  const config = readConfig(apiConfig);
  const log = createLog('api', config.PIERHEAD_LOG_LEVEL);
  const app = await createApp(config, log);
  const work = app.get(UnitOfWork, { strict: false });
  await app.listen(config.PIERHEAD_API_PORT, config.PIERHEAD_API_HOST);
  const health = await serveHealth({
    host: config.PIERHEAD_HEALTH_HOST,
    port: config.PIERHEAD_HEALTH_PORT,
    metrics: createMetrics('api'),
    problems: async () => {
      await work.platformRead((tx) => tx.reconcile.dueKeys(new Date(0)));
      return [];
    },
  });
  log.info({ address: await app.getUrl() }, 'The api listens.');
  const stop = () => {
    log.info('Stopping; requests that run come to their end.');
    health.close();
    void app.close().finally(() => process.exit(0));
    setTimeout(() => process.exit(0), 5_000).unref();
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof ConfigError ? error.message : ((error as Error).stack ?? String(error))}\n`);
  process.exit(1);
});
