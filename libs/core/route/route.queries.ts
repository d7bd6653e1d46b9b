import { notFound } from '#libs/domain/error.js';
import { routeState, type RouteState } from '#libs/domain/route/state.js';
import { authorize } from '../authorization/authorize.js';
import type { Page } from '../tenancy/page.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { UnitOfWork } from '../unit-of-work/unit-of-work.port.js';
import type { EdgeNode, RouteDetails, RouteFilter } from './route.repository.port.js';

export interface ShownRoute extends RouteDetails {
  state: RouteState;
  /** The edges that serve it, with where a host’s name in DNS is to lead. */
  edges: EdgeNode[];
}

/** Routes as they are shown: with what is in the way of each, as sentences. */
export class RouteQueries {
  constructor(private readonly work: UnitOfWork) {}

  async list(context: RequestContext, filter: RouteFilter): Promise<Page<ShownRoute>> {
    authorize(context, 'route', 'read');
    return this.work.tenantRead(context, async (tx) => {
      const { rows, total } = await tx.routes.details(context.projectId, filter);
      const edges = rows.length ? await tx.routes.edges(context.organizationId) : [];
      return { rows: rows.map((route) => shown(route, edges)), total };
    });
  }

  async get(context: RequestContext, id: string): Promise<ShownRoute> {
    const { rows } = await this.list(context, { ids: [id], limit: 1, offset: 0 });
    if (!rows[0]) throw notFound('route');
    return rows[0];
  }
}

function shown(route: RouteDetails, edges: EdgeNode[]): ShownRoute {
  const endpoints = route.targets.reduce((sum, { ready }) => sum + ready, 0);
  const state = routeState({ owned: route.owned, endpoints });
  return { ...route, state, edges, problems: [...obstacles(route, state, edges), ...route.problems] };
}

function obstacles({ spec, shownCertificateId }: RouteDetails, state: RouteState, edges: EdgeNode[]): string[] {
  const found: string[] = [];
  if (state === 'pending-ownership' && spec.kind === 'http') {
    found.push(`Nobody is served yet: add ${spec.host} or a name above it as a domain, and verify that it is yours.`);
  }
  if (edges.length === 0) found.push('No node in the edge role is up, so nothing leads to the route.');
  if (spec.kind === 'http' && spec.redirectToHttps && shownCertificateId === null) {
    found.push(`HTTP is not redirected yet: no certificate of the project is for ${spec.host}.`);
  }
  return found;
}
