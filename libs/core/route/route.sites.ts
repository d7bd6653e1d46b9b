import { DomainError, notFound } from '#libs/domain/error.js';
import { canonicalHost, covers, isWildcard, namesAbove, ownedName } from '#libs/domain/route/host-name.js';
import { routeSpec, type HttpRouteSpec } from '#libs/domain/route/route.js';
import { authorize } from '../authorization/authorize.js';
import type { CertificateRecord } from '../certificate/certificate.repository.port.js';
import { CertificateService } from '../certificate/certificate.service.js';
import type { DomainRecord } from '../domain/domain.repository.port.js';
import { DomainService } from '../domain/domain.service.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { UnitOfWork, type Transaction } from '../unit-of-work/unit-of-work.port.js';
import { RouteCommands } from './route.commands.js';
import { RouteQueries, type ShownRoute } from './route.queries.js';

export interface SitePath {
  path: string;
  serviceId: string;
  port: number;
}

export type SiteRoute = ShownRoute & { spec: HttpRouteSpec };

/** All that a project serves on one host. */
export interface Site {
  /** Of its oldest route; every one of its routes’ ids leads here. */
  id: string;
  projectId: string;
  host: string;
  owned: boolean;
  /** Oldest first, never empty. */
  routes: SiteRoute[];
  /** What proves the host once it is verified: the project’s domain nearest above it, if it has one. */
  domain: DomainRecord | null;
  /** The one that its routes name; null: whichever covers the host. */
  chosen: CertificateRecord | null;
  /** The one that edges show. */
  shown: CertificateRecord | null;
  /** That was asked for the host, issued or not. */
  requested: CertificateRecord | null;
}

/** More than a project may have. */
const everything = { limit: 10_000, offset: 0 };

/** Hosts with their paths, for who thinks of those: what they say is done to the routes in one transaction. */
export class RouteSites {
  constructor(
    private readonly work: UnitOfWork,
    private readonly commands: RouteCommands,
    private readonly queries: RouteQueries,
    private readonly domains: DomainService,
    private readonly certificates: CertificateService,
  ) {}

  /** By host. */
  async list(context: RequestContext): Promise<Site[]> {
    const { rows } = await this.queries.list(context, everything);
    const routes = rows.filter(isHttp);
    if (!routes.length) return [];
    const certificates = (await this.certificates.list(context, everything.limit, 0)).rows;
    const domains = (await this.domains.list(context, everything.limit, 0)).rows;
    const hosts = [...new Set(routes.map(hostOf))].sort();
    return hosts.map((host) =>
      toSite(
        routes.filter((route) => hostOf(route) === host),
        host,
        { certificates, domains },
      ),
    );
  }

  async get(context: RequestContext, id: string): Promise<Site> {
    const found = (await this.list(context)).find(({ routes }) => routes.some((route) => route.id === id));
    if (!found) throw notFound('route');
    return found;
  }

  /**
   * A host that is not the organization’s yet gets a domain to prove it by; a certificate is asked for where there is
   * an issuer. Errors: as for routes, with fields of a path below `paths.<n>`; `conflict` when the project has it.
   */
  async create(context: RequestContext, host: string, paths: readonly SitePath[]): Promise<Site> {
    authorize(context, 'route', 'create');
    const specs = paths.map((path) => newSpec(host, path));
    const id = await this.work.tenant(context, async (tx) => {
      const canonical = canonicalHost(host);
      const present = canonical === null ? [] : await routesOn(tx, context, canonical);
      if (present.length) {
        throw new DomainError('conflict', `host: the project serves ${canonical} already; change its paths.`, {
          field: 'host',
        });
      }
      let first: string | null = null;
      for (const [at, spec] of specs.entries()) {
        const { route } = await below(at, () => this.commands.createIn(tx, context, spec));
        first ??= route.id;
      }
      return first;
    });
    if (id === null) throw noPaths();
    const site = await this.get(context, id);
    if (!site.owned && !site.domain) await this.domains.create(context, ownedName(site.host));
    await this.secure(context, site);
    return this.get(context, id);
  }

  /** Exactly these paths; those that stay keep what else is set of them. Errors: as `create`. */
  async setPaths(context: RequestContext, id: string, paths: readonly SitePath[]): Promise<void> {
    authorize(context, 'route', 'update');
    const { host } = await this.get(context, id);
    if (!paths.length) throw noPaths();
    await this.work.tenant(context, async (tx) => {
      const present = await routesOn(tx, context, host);
      const [oldest] = present;
      if (!oldest) throw notFound('route');
      const changes = changesTo(paths, present, oldest);
      const kept = new Set(changes.map(({ route }) => route));
      for (const route of present) if (!kept.has(route)) await this.commands.deleteIn(tx, context, route.id);
      for (const [at, { route, spec }] of changes.entries()) {
        await below(at, () =>
          route ? this.commands.replaceIn(tx, context, route.id, spec) : this.commands.createIn(tx, context, spec),
        );
      }
    });
  }

  /** Null: whichever covers the host, and one is asked for. Errors: `invalid` (`certificateId`), `unsupported`. */
  async setCertificate(context: RequestContext, id: string, certificateId: string | null): Promise<void> {
    authorize(context, 'route', 'update');
    const { host } = await this.get(context, id);
    await this.work.tenant(context, async (tx) => {
      for (const route of await routesOn(tx, context, host)) {
        await this.commands.replaceIn(tx, context, route.id, { ...route.spec, certificateId });
      }
    });
    if (certificateId === null) await this.secure(context, await this.get(context, id));
  }

  /** Now, also where the last try was not long ago. Errors: `unsupported` without an issuer, `invalid` for a star. */
  async requestCertificate(context: RequestContext, id: string): Promise<void> {
    const site = await this.get(context, id);
    if (site.requested) await this.certificates.renew(context, site.requested.id);
    else await this.certificates.request(context, [site.host]);
  }

  /** Looks for the proof of ownership. Errors: `rate-limited`; `state` with what was found instead. */
  async verify(context: RequestContext, id: string): Promise<void> {
    const site = await this.get(context, id);
    if (site.owned) return;
    const { name } = site.domain ?? (await this.domains.create(context, ownedName(site.host))).domain;
    const domain = await this.domains.verify(context, name);
    if (!domain.verifiedAt) throw new DomainError('state', domain.problem ?? `${name} is not proven to be yours.`);
  }

  /** With the certificate that was asked for it alone and the claim of its name, as far as nothing else needs them. */
  async delete(context: RequestContext, id: string): Promise<void> {
    authorize(context, 'route', 'delete');
    const { host, domain, requested } = await this.get(context, id);
    await this.work.tenant(context, async (tx) => {
      for (const route of await routesOn(tx, context, host)) await this.commands.deleteIn(tx, context, route.id);
    });
    if (requested?.names.length === 1 && requested.names[0] === host) {
      await quietly(['state', 'not-found'], () => this.certificates.delete(context, requested.id));
    }
    if (domain?.name === ownedName(host) && !domain.granted && !domain.verifiedAt) {
      await quietly(['state', 'not-found'], () => this.domains.delete(context, domain.id));
    }
  }

  /** Without an issuer there is nothing to do. */
  private async secure(context: RequestContext, site: Site): Promise<void> {
    if (site.shown || site.requested || isWildcard(site.host)) return;
    await quietly(['unsupported', 'quota'], () => this.certificates.request(context, [site.host]));
  }
}

const isHttp = (route: ShownRoute): route is SiteRoute => route.spec.kind === 'http';
const hostOf = ({ spec }: SiteRoute): string => spec.host ?? '';
const canonicalPath = (path: string): string => path.replace(/(?<=.)\/+$/, '');

function toSite(
  routes: SiteRoute[],
  host: string,
  { certificates, domains }: { certificates: CertificateRecord[]; domains: DomainRecord[] },
): Site {
  const [first] = routes as [SiteRoute, ...SiteRoute[]];
  const byId = (id: string | null) => certificates.find((each) => each.id === id) ?? null;
  const above = namesAbove(host).flatMap((name) => domains.find((domain) => domain.name === name) ?? []);
  const forHost = certificates.filter(({ source, names }) => source === 'acme' && names.some((n) => covers(n, host)));
  return {
    id: first.id,
    projectId: first.projectId,
    host,
    owned: first.owned,
    routes,
    domain: above[0] ?? null,
    chosen: byId(first.spec.certificateId),
    shown: byId(first.shownCertificateId),
    requested: forHost[0] ?? null,
  };
}

const newSpec = (host: string, { path, serviceId, port }: SitePath): HttpRouteSpec => {
  const spec = routeSpec.parse({ kind: 'http', host, path, redirectToHttps: true, targets: [{ serviceId, port }] });
  return spec as HttpRouteSpec;
};

/** Several targets stay as they are divided while the first of them is the wanted one. */
function leadingTo(spec: HttpRouteSpec, { path, serviceId, port }: SitePath): HttpRouteSpec {
  const [first] = spec.targets;
  const same = first?.serviceId === serviceId && first.port === port;
  return { ...spec, path, targets: same ? spec.targets : [{ serviceId, port, weight: 100 }] };
}

interface LockedRoute {
  id: string;
  spec: HttpRouteSpec;
}

/** For each wanted path the route that has it or gets it. The oldest one stays, because its id is the site’s. */
function changesTo(
  paths: readonly SitePath[],
  present: LockedRoute[],
  oldest: LockedRoute,
): { route: LockedRoute | null; spec: HttpRouteSpec }[] {
  const having = paths.map(({ path }) => present.find(({ spec }) => spec.path === canonicalPath(path)) ?? null);
  const moved = having.includes(oldest) ? -1 : Math.max(0, having.indexOf(null));
  return paths.map((wanted, at) => {
    const base = having[at]?.spec ?? { ...oldest.spec, targets: [] };
    return { route: at === moved ? oldest : (having[at] ?? null), spec: leadingTo(base, wanted) };
  });
}

const noPaths = () => new DomainError('invalid', 'paths: one at least leads to a service.', { field: 'paths' });

/** Held until the transaction ends, oldest first. */
async function routesOn(tx: Transaction, { projectId }: RequestContext, host: string): Promise<LockedRoute[]> {
  const { rows } = await tx.routes.details(projectId, { ...everything, host });
  const found: LockedRoute[] = [];
  for (const { id } of rows) {
    const route = await tx.routes.lock(projectId, id);
    if (route?.spec.kind === 'http') found.push({ id, spec: route.spec });
  }
  return found;
}

/** What is said of a route is said of its path. */
async function below<T>(at: number, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!(error instanceof DomainError) || !/^(?:path|targets)\b/.test(error.detail.field ?? '')) throw error;
    throw new DomainError(error.code, error.message, { ...error.detail, field: `paths.${at}.${error.detail.field}` });
  }
}

async function quietly(codes: readonly DomainError['code'][], work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof DomainError) || !codes.includes(error.code)) throw error;
  }
}
