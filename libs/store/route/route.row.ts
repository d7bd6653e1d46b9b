import type { RouteDetails, RouteRecord } from '#libs/core/route/route.repository.port.js';
import type { HttpRouteSpec, RouteHealthCheck } from '#libs/domain/route/route.js';

export interface TargetRow {
  serviceId: string;
  port: number;
  weight: number;
}

export interface RouteRow {
  id: string;
  organization_id: string;
  project_id: string;
  kind: 'http' | 'tcp';
  host: string | null;
  path: string | null;
  port: number | null;
  owned: boolean;
  tls: boolean;
  certificate_id: string | null;
  redirect_to_https: boolean;
  hsts_max_age_s: number;
  cookie_affinity: boolean;
  proxy_protocol: HttpRouteSpec['proxyProtocol'];
  health_check: RouteHealthCheck;
  drain_ms: number;
  labels: Record<string, string>;
  created_at: Date;
  row_version: number;
  targets: TargetRow[];
}

export const routeColumns = [
  'id',
  'organization_id',
  'project_id',
  'kind',
  'host',
  'path',
  'port',
  'owned',
  'tls',
  'certificate_id',
  'redirect_to_https',
  'hsts_max_age_s',
  'cookie_affinity',
  'proxy_protocol',
  'health_check',
  'drain_ms',
  'labels',
  'created_at',
  'row_version',
]
  .map((name) => `r.${name}`)
  .join(', ');

/** Its targets as they were written, as `targets`. */
export const targetsOf = `(SELECT coalesce(json_agg(json_build_object('serviceId', t.service_id, 'port', t.port, 'weight', t.weight)
    ORDER BY t.position), '[]') FROM route_target t WHERE t.route_id = r.id) AS targets`;

export function toRoute(row: RouteRow): RouteRecord {
  const common = {
    targets: row.targets,
    certificateId: row.certificate_id,
    cookieAffinity: row.cookie_affinity,
    proxyProtocol: row.proxy_protocol,
    healthCheck: row.health_check,
    drainMs: row.drain_ms,
    labels: row.labels,
  };
  return {
    id: row.id,
    organizationId: row.organization_id,
    projectId: row.project_id,
    spec:
      row.kind === 'http'
        ? {
            kind: 'http',
            host: row.host,
            path: row.path ?? '/',
            redirectToHttps: row.redirect_to_https,
            hstsMaxAgeSeconds: row.hsts_max_age_s,
            ...common,
          }
        : { kind: 'tcp', port: row.port, tls: row.tls, ...common },
    owned: row.owned,
    createdAt: row.created_at,
    rowVersion: row.row_version,
  };
}

/** The definition’s columns from `kind` on, in the order that `insert` and `update` have them in. */
export function routeValues({ spec }: RouteRecord): unknown[] {
  const http = spec.kind === 'http' ? spec : null;
  const tcp = spec.kind === 'tcp' ? spec : null;
  return [
    http?.host ?? null,
    http?.path ?? null,
    tcp?.port ?? null,
    tcp?.tls ?? false,
    spec.certificateId,
    http?.redirectToHttps ?? false,
    http?.hstsMaxAgeSeconds ?? 0,
    spec.cookieAffinity,
    spec.proxyProtocol,
    JSON.stringify(spec.healthCheck),
    spec.drainMs,
    JSON.stringify(spec.labels),
  ];
}

export interface RouteDetailsRow extends RouteRow {
  details: RouteDetails['targets'];
  shown_certificate_id: string | null;
  problems: string[];
  total: number;
}

export const toRouteDetails = (row: RouteDetailsRow): RouteDetails => ({
  ...toRoute(row),
  targets: row.details,
  shownCertificateId: row.shown_certificate_id,
  problems: row.problems,
});
