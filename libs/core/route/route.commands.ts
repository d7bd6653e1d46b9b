import { DomainError, invalid, notFound } from '#libs/domain/error.js';
import { covers } from '#libs/domain/route/host-name.js';
import { canonicalRoute, type RouteSpec } from '#libs/domain/route/route.js';
import { Clock } from '#libs/platform/clock.js';
import { newId } from '#libs/platform/id.js';
import type { ActionRecord } from '../action/action.repository.port.js';
import { userAction } from '../action/action-log.js';
import { authorize } from '../authorization/authorize.js';
import { claimHost, grantedName } from '../domain/host.ownership.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { UnitOfWork, type Transaction } from '../unit-of-work/unit-of-work.port.js';
import { generatedLabel, tellOfRoutes } from './route.event.js';
import type { RouteDetails, RouteRecord } from './route.repository.port.js';
import { RouteSettings } from './route.settings.js';

export interface ChangedRoute {
  route: RouteDetails;
  action: ActionRecord;
}

/** Ports are chosen freely and written afterwards: somebody else may have been faster. */
const portAttempts = 5;

/** A project’s ways in: from a host and path, or a port, of the edges to ports of services. */
export class RouteCommands {
  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
    private readonly settings: RouteSettings,
  ) {}

  /**
   * A host that is not the organization’s is taken all the same, and served as soon as it is. Errors: `invalid`,
   * `conflict` (host and path, or port, taken), `quota`.
   */
  async create(context: RequestContext, wanted: RouteSpec): Promise<ChangedRoute> {
    authorize(context, 'route', 'create');
    const spec = canonicalRoute(wanted, this.settings.tcpPorts);
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.work.tenant(context, (tx) => this.insert(tx, context, spec));
      } catch (error) {
        const chosen = spec.kind === 'tcp' && spec.port === null && isConflict(error, 'port');
        if (!chosen || attempt === portAttempts) throw error;
      }
    }
  }

  /**
   * Replaces the definition; without a host or port it keeps its own. Edges change over without dropping a request.
   * Errors: as `create`; `not-found`; `invalid` for another kind.
   */
  async update(context: RequestContext, id: string, wanted: RouteSpec): Promise<ChangedRoute> {
    authorize(context, 'route', 'update');
    return this.work.tenant(context, (tx) => this.replaceIn(tx, context, id, wanted));
  }

  async delete(context: RequestContext, id: string): Promise<ActionRecord> {
    authorize(context, 'route', 'delete');
    return this.work.tenant(context, (tx) => this.deleteIn(tx, context, id));
  }

  /** As `create`, in the caller’s transaction and once allowed. */
  createIn(tx: Transaction, context: RequestContext, wanted: RouteSpec): Promise<ChangedRoute> {
    return this.insert(tx, context, canonicalRoute(wanted, this.settings.tcpPorts));
  }

  /** As `update`, in the caller’s transaction and once allowed. */
  async replaceIn(tx: Transaction, context: RequestContext, id: string, wanted: RouteSpec): Promise<ChangedRoute> {
    const given = canonicalRoute(wanted, this.settings.tcpPorts);
    const present = await tx.routes.lock(context.projectId, id);
    if (!present) throw notFound('route');
    const spec = withPlaceOf(given, present.spec);
    await this.check(tx, context, spec);
    const [before, after] = [hostOf(present.spec), hostOf(spec)];
    const moved = before !== after;
    // What is given back may be the last on its name: nobody else may come onto it meanwhile.
    if (moved) await tx.domains.changeOwners();
    const owned = moved && after !== null ? await this.claim(tx, context, after) : present.owned;
    const route: RouteRecord = { ...present, spec, owned };
    route.rowVersion = await tx.routes.update(route);
    if (moved && before !== null) await this.giveBack(tx, context, before);
    await tellOfRoutes(tx, 'update', [route], servicesOf(present.spec));
    return this.changed(tx, context, 'update', route);
  }

  /** As `delete`, in the caller’s transaction and once allowed. */
  async deleteIn(tx: Transaction, context: RequestContext, id: string): Promise<ActionRecord> {
    const route = await tx.routes.lock(context.projectId, id);
    if (!route) throw notFound('route');
    const host = hostOf(route.spec);
    await tx.routes.delete(id);
    if (host !== null) await this.giveBack(tx, context, host);
    await tx.quotas.take(context.organizationId, context.projectId, { routes: -1 });
    await tellOfRoutes(tx, 'delete', [route]);
    const action = userAction(context, 'delete', subjectOf(route), this.clock.now());
    await tx.actions.insert(action);
    return action;
  }

  private async insert(tx: Transaction, context: RequestContext, wanted: RouteSpec): Promise<ChangedRoute> {
    const services = await this.check(tx, context, wanted);
    const spec = await this.placed(tx, wanted, services);
    const host = hostOf(spec);
    const route: RouteRecord = {
      id: newId(),
      organizationId: context.organizationId,
      projectId: context.projectId,
      spec,
      owned: host === null || (await this.claim(tx, context, host)),
      createdAt: this.clock.now(),
      rowVersion: 1,
    };
    await tx.quotas.take(context.organizationId, context.projectId, { routes: 1 });
    await tx.routes.insert(route);
    await tellOfRoutes(tx, 'create', [route]);
    return this.changed(tx, context, 'create', route);
  }

  /** Its services and its certificate are the project’s. Returns the services’ names by id. */
  private async check(tx: Transaction, context: RequestContext, spec: RouteSpec): Promise<Map<string, string>> {
    const names = await tx.routes.serviceNames(context.projectId, servicesOf(spec));
    spec.targets.forEach(({ serviceId }, at) => {
      if (names.has(serviceId)) return;
      throw invalid(
        `targets.${at}.serviceId`,
        `targets.${at}.serviceId: the project has no service ${serviceId}; take the id of one that is not terminated.`,
      );
    });
    if (spec.certificateId === null) return names;
    const certificate = await tx.certificates.get(context.projectId, spec.certificateId);
    if (!certificate) {
      throw invalid('certificateId', `certificateId: the project has no certificate ${spec.certificateId}.`);
    }
    const host = hostOf(spec);
    if (host !== null && !certificate.names.some((name) => covers(name, host))) {
      throw invalid(
        'certificateId',
        `certificateId: that certificate is for ${certificate.names.join(', ')}, which ${host} is none of.`,
      );
    }
    return names;
  }

  /** The definition with the host or the port that the user left to the platform. */
  private async placed(tx: Transaction, spec: RouteSpec, services: Map<string, string>): Promise<RouteSpec> {
    if (spec.kind === 'http') {
      if (spec.host !== null) return spec;
      const { defaultDomain } = this.settings;
      if (defaultDomain === null) {
        throw invalid('host', 'host: name one; this platform has no domain of its own to make one up below.');
      }
      const first = services.get(spec.targets[0]?.serviceId ?? '') ?? '';
      return { ...spec, host: `${generatedLabel(first)}.${defaultDomain}` };
    }
    if (spec.port !== null) return spec;
    const port = await tx.routes.freePort(this.settings.tcpPorts);
    if (port !== null) return { ...spec, port };
    const { from, to } = this.settings.tcpPorts;
    throw new DomainError(
      'unavailable',
      `All ports of the edges for TCP routes (${from} to ${to}) are taken; the operator can widen the range.`,
    );
  }

  private claim(tx: Transaction, context: RequestContext, host: string): Promise<boolean> {
    return claimHost(tx, context, host, this.settings.defaultDomain, this.clock.now());
  }

  /** A name below the platform’s domain is free again when nothing of the organization is on it. */
  private async giveBack(tx: Transaction, context: RequestContext, host: string): Promise<void> {
    const granted = grantedName(host, this.settings.defaultDomain);
    if (!granted) return;
    await tx.domains.changeOwners();
    await tx.domains.releaseGrant(context.organizationId, granted);
  }

  private async changed(
    tx: Transaction,
    context: RequestContext,
    verb: string,
    route: RouteRecord,
  ): Promise<ChangedRoute> {
    const action = userAction(context, verb, subjectOf(route), this.clock.now());
    await tx.actions.insert(action);
    const { rows } = await tx.routes.details(context.projectId, { ids: [route.id], limit: 1, offset: 0 });
    if (!rows[0]) throw notFound('route');
    return { route: rows[0], action };
  }
}

const servicesOf = (spec: RouteSpec): string[] => [...new Set(spec.targets.map(({ serviceId }) => serviceId))];
const hostOf = (spec: RouteSpec): string | null => (spec.kind === 'http' ? spec.host : null);

function withPlaceOf(given: RouteSpec, present: RouteSpec): RouteSpec {
  if (given.kind === 'http' && present.kind === 'http') return { ...given, host: given.host ?? present.host };
  if (given.kind === 'tcp' && present.kind === 'tcp') return { ...given, port: given.port ?? present.port };
  throw invalid('kind', `kind: this is a route of ${present.kind}; make a new one for ${given.kind}.`);
}

const subjectOf = ({ id, spec }: RouteRecord) => ({
  resourceType: 'route' as const,
  resourceId: id,
  resourceName: spec.kind === 'http' ? `${spec.host}${spec.path}` : `tcp:${spec.port}`,
});

const isConflict = (error: unknown, field: string): boolean =>
  error instanceof DomainError && error.code === 'conflict' && error.detail.field === field;
