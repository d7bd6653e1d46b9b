import type { CertificateRecord } from '#libs/core/certificate/certificate.repository.port.js';
import type { DomainRecord } from '#libs/core/domain/domain.repository.port.js';
import type { RouteRecord } from '#libs/core/route/route.repository.port.js';
import { routeSpec, type RouteSpec } from '#libs/domain/route/route.js';
import { newId } from '#libs/platform/id.js';
import { unique, type Tenant } from './records.js';

/** A definition as the native API takes it: of HTTP unless `kind` says otherwise. */
export const aRouteSpec = (
  targets: readonly { serviceId: string; port?: number; weight?: number }[],
  given: Record<string, unknown> = {},
): RouteSpec => {
  const all = targets.map((target) => ({ port: 80, ...target }));
  const some = all.length ? all : [{ serviceId: newId(), port: 80 }];
  return {
    ...routeSpec.parse({ kind: 'http', targets: some, ...given }),
    targets: routeSpec.parse({ kind: 'tcp', targets: some }).targets.slice(0, all.length),
  };
};

/** On a host of its own, which is the organization’s. */
export const aRoute = (
  tenant: Tenant,
  targets: readonly { serviceId: string; port?: number; weight?: number }[],
  given: Partial<RouteRecord> & { host?: string; path?: string } = {},
): RouteRecord => {
  const { host = `${unique('host')}.example`, path = '/', ...rest } = given;
  return {
    id: newId(),
    ...tenant,
    spec: aRouteSpec(targets, { host, path }),
    owned: true,
    createdAt: new Date(),
    rowVersion: 1,
    ...rest,
  };
};

export const aDomain = (tenant: Tenant, given: Partial<DomainRecord> = {}): DomainRecord => ({
  id: newId(),
  ...tenant,
  name: `${unique('domain')}.example`,
  token: newId(),
  granted: false,
  verifiedAt: null,
  verifiedBy: null,
  checkedAt: null,
  problem: null,
  createdAt: new Date(),
  rowVersion: 1,
  ...given,
});

export const aCertificate = (tenant: Tenant, given: Partial<CertificateRecord> = {}): CertificateRecord => ({
  id: newId(),
  ...tenant,
  source: 'acme',
  names: [`${unique('certified')}.example`],
  chainPem: null,
  issuer: null,
  fingerprint: null,
  notBefore: null,
  notAfter: null,
  attempts: 0,
  lookAgainAt: null,
  problem: null,
  createdAt: new Date(),
  rowVersion: 1,
  ...given,
});
