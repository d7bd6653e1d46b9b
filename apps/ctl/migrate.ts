import { migrateConfig, readConfig } from '#libs/platform/config.js';
import { createLog } from '#libs/platform/log.js';
import { migrate } from '#libs/store/migration/migrator.js';

const log = createLog('migrate', 'info');
try {
  const config = readConfig(migrateConfig);
  await migrate(config.DATABASE_URL, config.PIERHEAD_MASTER_KEY_FILE, (step) => log.info(step));
} catch (error) {
  log.error({ error: error instanceof Error ? error.message : String(error) }, 'The database was not migrated.');
  process.exitCode = 1;
}
