import { z } from 'zod';
import type { ShownRoute } from '#libs/core/route/route.queries.js';
import { routeHealthCheck, routeSpec } from '#libs/domain/route/route.js';
import { routeStates } from '#libs/domain/route/state.js';
import { pageQuery } from '../wire/page.wire.js';

export const routeBody = routeSpec;

export const routeQuery = pageQuery.extend({
  /** Only those that lead to this service. */
  service: z.uuid().optional(),
  host: z.string().max(255).optional(),
});

export const routeAnswer = z.object({
  id: z.uuid(),
  kind: z.enum(['http', 'tcp']),
  /** Of HTTP; null for TCP, as are `path`, `redirectToHttps` and `hstsMaxAgeSeconds`. */
  host: z.string().nullable(),
  path: z.string().nullable(),
  redirectToHttps: z.boolean().nullable(),
  hstsMaxAgeSeconds: z.number().nullable(),
  /** Of TCP; null for HTTP, as is `tls`. */
  port: z.number().nullable(),
  tls: z.boolean().nullable(),
  targets: z.array(
    z.object({
      serviceId: z.uuid(),
      /** Null once the service is gone for good. */
      serviceName: z.string().nullable(),
      port: z.number(),
      weight: z.number(),
      /** Containers that requests are sent to, and those that only end what they began. */
      ready: z.number(),
      leaving: z.number(),
    }),
  ),
  certificateId: z.uuid().nullable(),
  /** The one that edges show: the chosen one, else one of the project that covers the host. */
  shownCertificateId: z.uuid().nullable(),
  cookieAffinity: z.boolean(),
  proxyProtocol: z.enum(['none', 'v1', 'v2']),
  healthCheck: routeHealthCheck,
  drainMs: z.number(),
  labels: z.record(z.string(), z.string()),
  state: z.enum(routeStates),
  /** What is in the way, as sentences. */
  problems: z.array(z.string()),
  /** The edges that serve it: where the host’s name in DNS is to lead. */
  edges: z.array(z.object({ name: z.string(), address: z.string() })),
  createdAt: z.iso.datetime(),
  resourceUri: z.string(),
});

export function toRoute(route: ShownRoute): z.infer<typeof routeAnswer> {
  const { spec } = route;
  const http = spec.kind === 'http' ? spec : null;
  const tcp = spec.kind === 'tcp' ? spec : null;
  const seen = new Map(route.targets.map((target) => [target.serviceId, target]));
  return {
    id: route.id,
    kind: spec.kind,
    host: http?.host ?? null,
    path: http?.path ?? null,
    redirectToHttps: http?.redirectToHttps ?? null,
    hstsMaxAgeSeconds: http?.hstsMaxAgeSeconds ?? null,
    port: tcp?.port ?? null,
    tls: tcp?.tls ?? null,
    targets: spec.targets.map(({ serviceId, port, weight }) => ({
      serviceId,
      serviceName: seen.get(serviceId)?.serviceName ?? null,
      port,
      weight,
      ready: seen.get(serviceId)?.ready ?? 0,
      leaving: seen.get(serviceId)?.leaving ?? 0,
    })),
    certificateId: spec.certificateId,
    shownCertificateId: route.shownCertificateId,
    cookieAffinity: spec.cookieAffinity,
    proxyProtocol: spec.proxyProtocol,
    healthCheck: spec.healthCheck,
    drainMs: spec.drainMs,
    labels: spec.labels,
    state: route.state,
    problems: route.problems,
    edges: route.edges,
    createdAt: route.createdAt.toISOString(),
    resourceUri: `/api/v1/routes/${route.id}`,
  };
}
