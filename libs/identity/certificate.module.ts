import { Module, type DynamicModule, type FactoryProvider, type ModuleMetadata } from '@nestjs/common';
import { AuthorityPin, NodeEnrollment, PlatformCertificates } from '#libs/core/node/enrollment.port.js';
import { UnitOfWork } from '#libs/core/unit-of-work/unit-of-work.port.js';
import { Clock } from '#libs/platform/clock.js';
import { AuthorityNodeEnrollment } from './certificate/authority.node-enrollment.js';
import { AuthorityPlatformCertificates } from './certificate/authority.platform-certificates.js';
import { CertificateAuthority } from './certificate/certificate-authority.js';

export interface CertificateOptions {
  masterKey: Buffer;
  /** Modules that export UnitOfWork and Clock, unless those are global. */
  imports?: ModuleMetadata['imports'];
}

/** The platform's CA and what it signs. A gateway needs no more of identity than this. */
@Module({})
export class CertificateModule {
  static forRoot(options: CertificateOptions): DynamicModule {
    const providers: FactoryProvider[] = [
      {
        provide: CertificateAuthority,
        inject: [UnitOfWork, Clock],
        useFactory: (work: UnitOfWork, clock: Clock) => new CertificateAuthority(work, clock, options.masterKey),
      },
      { provide: AuthorityPin, inject: [CertificateAuthority], useFactory: (pin: CertificateAuthority) => pin },
      {
        provide: NodeEnrollment,
        inject: [UnitOfWork, CertificateAuthority, Clock],
        useFactory: (work: UnitOfWork, authority: CertificateAuthority, clock: Clock) =>
          new AuthorityNodeEnrollment(work, authority, clock),
      },
      {
        provide: PlatformCertificates,
        inject: [CertificateAuthority],
        useFactory: (authority: CertificateAuthority) => new AuthorityPlatformCertificates(authority),
      },
    ];
    return {
      module: CertificateModule,
      imports: options.imports ?? [],
      providers,
      exports: [AuthorityPin, NodeEnrollment, PlatformCertificates],
    };
  }
}
