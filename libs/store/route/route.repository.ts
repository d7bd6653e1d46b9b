import type {
  EdgeNode,
  RouteDetails,
  RouteFilter,
  RouteRecord,
  RouteRepository,
} from '#libs/core/route/route.repository.port.js';
import { notFound } from '#libs/domain/error.js';
import type { Sql } from '../connection/sql.js';
import { Where } from '../connection/where.js';
import { refusing, stale } from '../identity/refused-write.js';
import { isEndpoint, isLeaving, shownCertificate } from './endpoint.sql.js';
import { livingEdge } from './living-edge.sql.js';
import {
  routeColumns,
  routeValues,
  targetsOf,
  toRoute,
  toRouteDetails,
  type RouteDetailsRow,
  type RouteRow,
} from './route.row.js';

/** Names at or above the route’s host that are proven; the nearest one’s organization may have the host served. */
const ownerOfRoute = `(SELECT d.organization_id FROM domain d
   WHERE d.verified_at IS NOT NULL
     AND '.' || regexp_replace(r.host, '^\\*\\.', '') LIKE '%.' || d.name
   ORDER BY length(d.name) DESC LIMIT 1)`;

export class PostgresRouteRepository implements RouteRepository {
  constructor(private readonly sql: Sql) {}

  async insert(route: RouteRecord): Promise<void> {
    await this.refusingTaken(route, () =>
      this.sql.query(
        'route-insert',
        `INSERT INTO route (id, organization_id, project_id, owned, created_at, kind, host, path, port, tls, certificate_id,
           redirect_to_https, hsts_max_age_s, cookie_affinity, proxy_protocol, health_check, drain_ms, labels)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
        [
          route.id,
          route.organizationId,
          route.projectId,
          route.owned,
          route.createdAt,
          route.spec.kind,
          ...routeValues(route),
        ],
      ),
    );
    await this.writeTargets(route);
  }

  async update(route: RouteRecord): Promise<number> {
    const rows = await this.refusingTaken(route, () =>
      this.sql.query<{ version: number }>(
        'route-update',
        `UPDATE route SET owned = $3, row_version = row_version + 1, host = $4, path = $5, port = $6, tls = $7, certificate_id = $8,
           redirect_to_https = $9, hsts_max_age_s = $10, cookie_affinity = $11, proxy_protocol = $12, health_check = $13,
           drain_ms = $14, labels = $15
          WHERE id = $1 AND row_version = $2 RETURNING row_version AS version`,
        [route.id, route.rowVersion, route.owned, ...routeValues(route)],
      ),
    );
    if (!rows[0]) throw stale('route');
    await this.sql.query('route-clear-targets', `DELETE FROM route_target WHERE route_id = $1`, [route.id]);
    await this.writeTargets(route);
    return rows[0].version;
  }

  async lock(projectId: string, id: string): Promise<RouteRecord | null> {
    const row = await this.sql.first<RouteRow>(
      'route-lock',
      `SELECT ${routeColumns}, ${targetsOf} FROM route r WHERE r.id = $2 AND r.project_id = $1 FOR UPDATE OF r`,
      [projectId, id],
    );
    return row && toRoute(row);
  }

  async projectOf(id: string): Promise<string | null> {
    const row = await this.sql.first<{ project_id: string }>(
      'route-project',
      `SELECT project_id FROM route WHERE id = $1`,
      [id],
    );
    return row?.project_id ?? null;
  }

  async details(projectId: string, filter: RouteFilter): Promise<{ rows: RouteDetails[]; total: number }> {
    const where = new Where()
      .add('r.project_id = ?', projectId)
      .add('r.id = ANY(?::uuid[])', filter.ids)
      .add('r.host = ?', filter.host)
      .add('r.labels @> ?::jsonb', filter.labels && JSON.stringify(filter.labels))
      .add('EXISTS (SELECT FROM route_target t WHERE t.route_id = r.id AND t.service_id = ?)', filter.serviceId);
    const page = await this.sql.vary<RouteDetailsRow>(
      `SELECT ${routeColumns}, ${targetsOf}, shown.id AS shown_certificate_id, count(*) OVER () AS total,
              (SELECT coalesce(json_agg(json_build_object('serviceId', t.service_id, 'serviceName', s.name,
                         'ready', n.ready, 'leaving', n.leaving) ORDER BY t.position), '[]')
                 FROM route_target t JOIN service s ON s.id = t.service_id,
                      LATERAL (SELECT count(*) FILTER (WHERE NOT ${isLeaving('c')}) AS ready,
                                      count(*) FILTER (WHERE ${isLeaving('c')}) AS leaving
                                 FROM container c WHERE c.service_id = t.service_id AND ${isEndpoint('c')}) n
                WHERE t.route_id = r.id) AS details,
              (SELECT coalesce(json_agg(DISTINCT p ->> 'sentence'), '[]')
                 FROM edge_state e JOIN node n ON n.id = e.node_id, jsonb_array_elements(e.problems) p
                WHERE e.project_id = r.project_id AND p ->> 'routeId' = r.id::text AND ${livingEdge('n', 'r.organization_id')}) AS problems
         FROM route r LEFT JOIN ${shownCertificate('r')} shown ON true
        ${where.text} ORDER BY r.created_at, r.id LIMIT ${where.value(filter.limit)} OFFSET ${where.value(filter.offset)}`,
      where.values,
    );
    return { rows: page.map(toRouteDetails), total: page[0]?.total ?? 0 };
  }

  async delete(id: string): Promise<void> {
    await this.sql.query('route-delete', `DELETE FROM route WHERE id = $1`, [id]);
  }

  async serviceNames(projectId: string, ids: string[]): Promise<Map<string, string>> {
    const rows = await this.sql.query<{ id: string; name: string }>(
      'route-service-names',
      `SELECT id, name FROM service WHERE project_id = $1 AND id = ANY($2::uuid[]) AND destroyed_at IS NULL AND intent <> 'terminated'`,
      [projectId, ids],
    );
    return new Map(rows.map(({ id, name }) => [id, name]));
  }

  async freePort({ from, to }: { from: number; to: number }): Promise<number | null> {
    const row = await this.sql.first<{ port: number | null }>(
      'route-free-port',
      `SELECT free_edge_port($1::integer, $2::integer) AS port`,
      [from, to],
    );
    return row?.port ?? null;
  }

  edges(organizationId: string): Promise<EdgeNode[]> {
    return this.sql.query<EdgeNode>(
      'route-edges',
      `SELECT n.name, coalesce(nullif(n.address, ''), n.underlay_address, '') AS address FROM node n
        WHERE ${livingEdge('n', '$1')} ORDER BY n.name, n.id`,
      [organizationId],
    );
  }

  async settleOwners(name: string): Promise<RouteRecord[]> {
    const changed: string[] = [];
    // Taken first, given then: at no time have two the same host.
    for (const owned of [false, true]) {
      const rows = await this.sql.query<{ id: string }>(
        `route-settle-owners-${owned}`,
        `UPDATE route r SET owned = ${owned}, row_version = r.row_version + 1
          WHERE r.host IS NOT NULL AND r.owned = ${!owned} AND '.' || r.host LIKE '%.' || $1
            AND (${ownerOfRoute} IS NOT DISTINCT FROM r.organization_id) = ${owned}
          RETURNING r.id`,
        [name],
      );
      changed.push(...rows.map(({ id }) => id));
    }
    if (!changed.length) return [];
    const routes = await this.sql.query<RouteRow>(
      'route-by-ids',
      `SELECT ${routeColumns}, ${targetsOf} FROM route r WHERE r.id = ANY($1::uuid[]) ORDER BY r.id`,
      [changed],
    );
    return routes.map(toRoute);
  }

  private async writeTargets({ id, organizationId, spec }: RouteRecord): Promise<void> {
    await this.sql.query(
      'route-write-targets',
      `INSERT INTO route_target (route_id, position, organization_id, service_id, port, weight)
       SELECT $1, t.position, $2, t.service_id, t.port, t.weight
         FROM jsonb_to_recordset($3::jsonb) AS t (position integer, service_id uuid, port integer, weight integer)`,
      [
        id,
        organizationId,
        JSON.stringify(
          spec.targets.map(({ serviceId, port, weight }, position) => ({
            position,
            service_id: serviceId,
            port,
            weight,
          })),
        ),
      ],
    );
  }

  private refusingTaken<T>({ spec }: RouteRecord, write: () => Promise<T>): Promise<T> {
    const place = spec.kind === 'http' ? `${spec.host}${spec.path}` : '';
    const port = spec.kind === 'tcp' ? spec.port : null;
    return refusing(
      {
        route_place_key: {
          field: 'host',
          sentence: `host: your organization has a route on ${place} already; change that one, or choose another path.`,
        },
        route_owned_key: { field: 'host', sentence: `host: ${place} is taken; choose another host or path.` },
        route_port_key: {
          field: 'port',
          sentence: `port: ${port} is taken; choose another, or leave it out to be given a free one.`,
        },
      },
      write,
    ).catch((error: unknown) => {
      // A service that was pruned between the look and the write.
      if (error instanceof Error && 'code' in error && error.code === '23503') throw notFound('service');
      throw error;
    });
  }
}
