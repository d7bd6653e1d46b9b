import { isIP } from 'node:net';
import { proofsOf } from '#libs/core/domain/domain.record.js';
import type { Site, SitePath } from '#libs/core/route/route.sites.js';
import { DomainError, invalid } from '#libs/domain/error.js';
import type { HttpRequest } from '../../kit/access/http-request.js';
import type { TenantOf } from '../../kit/access/tenant.decorator.js';
import type { PortBook } from './port-book.js';
import type { IngressAnswer, IngressListQuery, PathWire, TlsWire } from './ingress.wire.js';

/** The project stands in the body or in the query; without one the credential's own is meant. */
const tenantNamedIn =
  (part: 'body' | 'query'): TenantOf =>
  (request: HttpRequest) => {
    const project = (request[part] as Record<string, unknown> | null | undefined)?.['projectId'];
    return typeof project === 'string' && project !== '' ? { kind: 'project', idOrNamespace: project } : null;
  };
export const tenantInBody = tenantNamedIn('body');
export const tenantInQuery = tenantNamedIn('query');

const refused = (field: string, sentence: string) => new DomainError('unsupported', `${field}: ${sentence}`, { field });

/** The root may be left to the platform, whose edges say that nothing is there; all else leads to a service. */
export function readPaths(paths: readonly PathWire[], book: PortBook): SitePath[] {
  return paths.flatMap(({ path, target }, at) => {
    const field = `paths.${at}.target`;
    if ('url' in target)
      throw refused(`${field}.url`, 'requests are not led to other addresses here; name a container.');
    if ('installationId' in target) {
      throw refused(`${field}.installationId`, 'there are no apps here; name a container.');
    }
    if ('container' in target) {
      const serviceId = target.container.id.toLowerCase();
      return [{ path, serviceId, port: book.inward(serviceId, readPort(field, target.container)) }];
    }
    if (path === '/' && target.useDefaultPage) return [];
    throw refused(`${field}.useDefaultPage`, 'only "/" may be left to the default page.');
  });
}

function readPort(field: string, { portProtocol }: { portProtocol: string }): number {
  const match = /^(\d{1,5})(?:\/(tcp))?$/i.exec(portProtocol.trim());
  const port = Number(match?.[1]);
  if (match && port >= 1 && port <= 65_535) return port;
  throw invalid(
    `${field}.container.portProtocol`,
    `${field}.container.portProtocol: "${portProtocol}" is not a port of a container; give it as 8080/tcp.`,
  );
}

/** The certificate to show; null for one that is issued by itself. */
export function readTls(wire: TlsWire): string | null {
  if ('certificateId' in wire) return wire.certificateId;
  if (wire.acme) return null;
  throw refused('acme', 'TLS is not switched off; leave it true or name a certificate.');
}

export function toOwnership({ owned, domain }: Site): IngressAnswer['ownership'] {
  return { verified: owned, ...(owned || !domain ? {} : { txtRecord: proofsOf(domain).dns.text }) };
}

export function toIngress(site: Site, book: PortBook): IngressAnswer {
  const addresses = (site.routes[0]?.edges ?? []).map(({ address }) => address);
  const paths = site.routes.map(({ spec }) => {
    const { serviceId = '', port = 0 } = spec.targets[0] ?? {};
    const portProtocol = `${book.outward(serviceId, port)}/tcp`;
    return { path: spec.path, target: { container: { id: serviceId, portProtocol } } };
  });
  const root = { path: '/', target: { useDefaultPage: true as const } };
  return {
    id: site.id,
    projectId: site.projectId,
    hostname: site.host,
    isDefault: false,
    isEnabled: true,
    ips: { v4: addresses.filter((each) => isIP(each) === 4), v6: addresses.filter((each) => isIP(each) === 6) },
    ownership: toOwnership(site),
    dnsValidationErrors: site.requested?.problem && !site.shown ? ['ERROR_UNSPECIFIED'] : [],
    paths: paths.some(({ path }) => path === '/') ? paths : [root, ...paths],
    tls:
      site.chosen?.source === 'uploaded'
        ? { certificateId: site.chosen.id }
        : { acme: true, isCreated: site.shown !== null && site.shown.chainPem !== null },
  };
}

/** The ingresses that the query asks for. */
export const selectSites = (sites: Site[], query: IngressListQuery): Site[] =>
  sites.filter(
    (site) =>
      query.appInstallationId === undefined &&
      (query.hostnameSubstring === undefined || site.host.includes(query.hostnameSubstring.toLowerCase())) &&
      (query.certificateId === undefined ||
        [site.chosen?.id, site.shown?.id].includes(query.certificateId.toLowerCase())) &&
      (query.containerId === undefined ||
        site.routes.some(({ spec }) => spec.targets.some(({ serviceId }) => serviceId === query.containerId))),
  );
