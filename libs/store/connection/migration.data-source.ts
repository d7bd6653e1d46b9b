import { migrateConfig, readConfig } from '#libs/platform/config.js';
import { createDataSource } from './data-source.js';

/** For the command line of TypeORM, which takes the one data source a module exports. */
export default createDataSource(readConfig(migrateConfig.pick({ DATABASE_URL: true })).DATABASE_URL, {
  poolSize: 2,
  applicationName: 'pierhead-migration',
  statementTimeoutMs: 0,
});
