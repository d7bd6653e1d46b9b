import { type DynamicModule, Module, type ModuleMetadata } from '@nestjs/common';
import { getDataSourceToken, TypeOrmModule } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { CommitNotices } from '#libs/core/unit-of-work/commit-notices.port.js';
import { UnitOfWork } from '#libs/core/unit-of-work/unit-of-work.port.js';
import { dataSourceOptions } from './connection/data-source.js';
import { type DatabaseRole, roleUrl } from './connection/database-role.js';
import { PostgresUnitOfWork } from './connection/postgres.unit-of-work.js';

export interface StoreOptions {
  /** The owner's address; the two roles' own follow from it and the master key. */
  databaseUrl: string;
  masterKey: Buffer;
  /** Connections at most, of each role. */
  poolSize: number;
  /** Stands in pg_stat_activity with the role behind it, e.g. `pierhead-api`. */
  applicationName: string;
  /** The module that exports CommitNotices; without one nobody is told of commits. */
  imports?: ModuleMetadata['imports'];
}

const role = { tenant: 'pierhead_tenant', platform: 'pierhead_platform' } as const satisfies Record<
  string,
  DatabaseRole
>;
export type DataSourceName = keyof typeof role;

/** The store behind the core's ports: two pools, one of each database role, and the transaction seam over them. */
@Module({})
export class StoreModule {
  static forRoot(options: StoreOptions): DynamicModule {
    const source = (name: DataSourceName) =>
      TypeOrmModule.forRoot({
        ...dataSourceOptions(roleUrl(options.databaseUrl, role[name], options.masterKey), {
          poolSize: options.poolSize,
          applicationName: `${options.applicationName}-${name}`,
        }),
        name,
        // A process started together with its database gives it half a minute.
        retryAttempts: 30,
        retryDelay: 1_000,
        verboseRetryLog: false,
      });
    return {
      module: StoreModule,
      imports: [source('tenant'), source('platform'), ...(options.imports ?? [])],
      providers: [
        {
          provide: UnitOfWork,
          inject: [
            getDataSourceToken('tenant'),
            getDataSourceToken('platform'),
            { token: CommitNotices, optional: true },
          ],
          useFactory: (tenant: DataSource, platform: DataSource, notices?: CommitNotices) =>
            new PostgresUnitOfWork(tenant, platform, notices ?? null),
        },
      ],
      exports: [UnitOfWork, TypeOrmModule],
    };
  }
}
