import { Module, type DynamicModule } from '@nestjs/common';
import { CredentialInvalidations } from '#libs/core/identity/credential-invalidations.port.js';
import type { Log } from '#libs/platform/log.js';
import { roleUrl } from '../connection/database-role.js';
import { PostgresCredentialListener } from './credential.listener.js';

export interface CredentialListenerOptions {
  databaseUrl: string;
  masterKey: Buffer;
  log: Log;
}

/** One connection that hears of revoked credentials, for a process that remembers good ones. */
@Module({})
export class CredentialListenerModule {
  static forRoot(options: CredentialListenerOptions): DynamicModule {
    const url = roleUrl(options.databaseUrl, 'pierhead_platform', options.masterKey);
    return {
      module: CredentialListenerModule,
      providers: [
        {
          provide: CredentialInvalidations,
          useFactory: () => new PostgresCredentialListener(url, options.log),
        },
      ],
      exports: [CredentialInvalidations],
    };
  }
}
