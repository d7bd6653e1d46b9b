import { z } from 'zod';
import { invalid } from '../error.js';
import { canonicalHost } from './host-name.js';

const port = z.int().min(1).max(65535);

/** How an edge looks whether a container answers. Times are milliseconds. */
export const routeHealthCheck = z.strictObject({
  kind: z.enum(['none', 'tcp', 'http']).default('tcp'),
  /** Of `http`. */
  path: z.string().max(1024).default('/'),
  /** Of `http`; empty: 200 to 399. */
  acceptedCodes: z.array(z.int().min(100).max(599)).max(32).default([]),
  intervalMs: z.int().min(200).max(3_600_000).default(2_000),
  /** Answers in a row that bring it back, failures in a row that take it out. */
  rise: z.int().min(1).max(100).default(2),
  fall: z.int().min(1).max(100).default(3),
});
export type RouteHealthCheck = z.infer<typeof routeHealthCheck>;

export const routeTarget = z.strictObject({
  serviceId: z.uuid(),
  /** Of the containers. */
  port,
  /** Share of all its containers together, against the other targets’. */
  weight: z.int().min(0).max(1000).default(100),
});
export type RouteTarget = z.infer<typeof routeTarget>;

const common = {
  /** Requests are divided over them by weight: two versions beside each other, or the one, then the other. */
  targets: z.array(routeTarget).min(1).max(16),
  /** A certificate of the project; null: whichever of them covers the host. */
  certificateId: z.uuid().nullable().default(null),
  /** A client comes back to the container that answered it first. HTTP: by a cookie. */
  cookieAffinity: z.boolean().default(false),
  /** What the container is told of the client by, before its first byte. */
  proxyProtocol: z.enum(['none', 'v1', 'v2']).default('none'),
  healthCheck: routeHealthCheck.prefault({}),
  /** How long requests under way may take on a container that leaves. */
  drainMs: z.int().min(0).max(600_000).default(10_000),
  labels: z.record(z.string().min(1).max(256), z.string().max(4096)).default({}),
};

export const routeSpec = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('http'),
    /** `shop.example.com` or `*.example.com`; null: one below the platform’s own domain is made up. */
    host: z.string().max(255).nullable().default(null),
    /** A prefix of whole segments; the longest that fits wins. */
    path: z.string().max(1024).default('/'),
    redirectToHttps: z.boolean().default(false),
    /** Seconds; 0: none. */
    hstsMaxAgeSeconds: z.int().min(0).max(63_072_000).default(0),
    ...common,
  }),
  z.strictObject({
    kind: z.literal('tcp'),
    /** Of the edges; null: a free one. */
    port: port.nullable().default(null),
    /** TLS ends at the edge. */
    tls: z.boolean().default(false),
    ...common,
  }),
]);
export type RouteSpec = z.output<typeof routeSpec>;
export type HttpRouteSpec = Extract<RouteSpec, { kind: 'http' }>;
export type TcpRouteSpec = Extract<RouteSpec, { kind: 'tcp' }>;

/** Ports of the edges that TCP routes may have. */
export interface PortRange {
  from: number;
  to: number;
}

/** The definition as it is kept: names as DNS compares them, paths without a slash at their end. Errors: `invalid`. */
export function canonicalRoute(spec: RouteSpec, ports: PortRange): RouteSpec {
  checkTargets(spec.targets);
  const healthCheck = { ...spec.healthCheck, path: canonicalPath('healthCheck.path', spec.healthCheck.path, true) };
  if (spec.kind === 'http') {
    const path = canonicalPath('path', spec.path, false);
    if (spec.host === null) return { ...spec, path, healthCheck };
    const host = canonicalHost(spec.host);
    if (host === null) {
      throw invalid(
        'host',
        `host: "${spec.host}" is no name that a route can have: write it as shop.example.com, or *.example.com for every name one label below.`,
      );
    }
    return { ...spec, host, path, healthCheck };
  }
  if (spec.port !== null && (spec.port < ports.from || spec.port > ports.to)) {
    throw invalid(
      'port',
      `port: routes may have ${ports.from} to ${ports.to} of the edges’ ports, ${spec.port} is none of them. Leave it out to be given a free one.`,
    );
  }
  if (spec.cookieAffinity) {
    throw invalid('cookieAffinity', 'cookieAffinity: only HTTP has cookies; leave it out of a TCP route.');
  }
  return { ...spec, healthCheck };
}

function checkTargets(targets: readonly RouteTarget[]): void {
  const seen = new Set<string>();
  targets.forEach(({ serviceId, port: at }, index) => {
    const name = `${serviceId}:${at}`;
    if (seen.has(name)) {
      throw invalid(
        `targets.${index}`,
        `targets.${index}: the same service and port stands there twice; give the one a higher weight instead.`,
      );
    }
    seen.add(name);
  });
  if (targets.every(({ weight }) => weight === 0)) {
    throw invalid('targets', 'targets: all weights are 0, so nothing would be answered; give one of them a weight.');
  }
}

/** Characters of a URL’s path (RFC 3986) less ";" and "'", which can be written with %; a query where a check may ask with one. */
const pathPattern = /^\/(?:[A-Za-z0-9\-._~!$&()*+,=:@/]|%[0-9A-Fa-f]{2})*$/;
const queryPattern = /^(?:\?(?:[A-Za-z0-9\-._~!$&()*+,=:@/?]|%[0-9A-Fa-f]{2})*)?$/;

function canonicalPath(field: string, path: string, withQuery: boolean): string {
  const at = withQuery ? path.indexOf('?') : -1;
  const [before, query] = at === -1 ? [path, ''] : [path.slice(0, at), path.slice(at)];
  const segments = before.split('/').slice(1);
  const dots = segments.some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment));
  if (!pathPattern.test(before) || !queryPattern.test(query) || before.includes('//') || dots) {
    throw invalid(
      field,
      `${field}: "${path}" has to begin with "/" and hold only what a URL’s path may, without "//", "." and ".." as segments${withQuery ? '' : ' and without a query'}.`,
    );
  }
  return withQuery || before === '/' ? path : before.replace(/\/$/, '');
}
