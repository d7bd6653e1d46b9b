import { DataSource } from 'typeorm';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions.js';
import { CreateSchema1763683200000 } from '../../../migrations/1763683200000-create-schema.js';

export interface DataSourceSettings {
  /** Connections at most. */
  poolSize: number;
  /** Stands in pg_stat_activity. */
  applicationName: string;
  /** 15 s unless given; 0 is without limit. */
  statementTimeoutMs?: number;
}

/** Migrations only: a schema is never synchronized from the entities. */
export function dataSourceOptions(url: string, settings: DataSourceSettings): PostgresDataSourceOptions {
  return {
    type: 'postgres',
    url,
    applicationName: settings.applicationName,
    poolSize: settings.poolSize,
    connectTimeoutMS: 5_000,
    entities: [],
    migrations: [CreateSchema1763683200000],
    installExtensions: false,
    logging: false,
    extra: {
      keepAlive: true,
      statement_timeout: settings.statementTimeoutMs ?? 15_000,
      idle_in_transaction_session_timeout: 30_000,
    },
    // An idle connection that breaks is replaced at its next use, and that use reports what is wrong.
    poolErrorHandler: () => undefined,
  };
}

export const createDataSource = (url: string, settings: DataSourceSettings): DataSource =>
  new DataSource(dataSourceOptions(url, settings));
