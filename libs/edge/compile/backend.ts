import type { EdgeEndpoint, EdgeHealthCheck, EdgeRoute } from '../state.js';
import { backendName, serverKey, type BackendModel, type ServerModel } from './model.js';
import { isAddress, isCheckPath, isPort } from './syntax.js';
import { serverWeights } from './weights.js';

const fewestSlots = 4;
const bounded = (value: number, fallback: number, least: number, most: number) =>
  Math.min(most, Math.max(least, Math.round(value > 0 ? value : fallback)));

/** Room for as many containers again, so that a rollout that starts the new ones first never needs more. */
export function slotsFor(endpoints: number, running: number | null): number {
  if (running !== null && running >= endpoints) return running;
  let slots = fewestSlots;
  while (slots < endpoints * 2) slots *= 2;
  return slots;
}

/** In bounds that the load balancer accepts; a sentence when the path can’t be asked for. */
function healthCheckOf({ healthCheck: given }: EdgeRoute): EdgeHealthCheck | string {
  const path = given.path || '/';
  if (given.kind === 'http' && !isCheckPath(path)) {
    return 'The health check’s path holds characters that do not belong in a URL: encode them with %.';
  }
  return {
    kind: given.kind,
    path,
    acceptedCodes: given.acceptedCodes.filter((code) => Number.isInteger(code) && code >= 100 && code <= 599),
    intervalMs: bounded(given.intervalMs, 2_000, 200, 600_000),
    rise: bounded(given.rise, 2, 1, 100),
    fall: bounded(given.fall, 3, 1, 100),
  };
}

/** Those that take requests: admitted, not leaving, each address once. */
export function serversOf(route: EdgeRoute, admitted: BackendFacts['admitted']): ServerModel[] {
  const seen = new Set<string>();
  const ready = route.targets.map(({ endpoints }) =>
    endpoints.filter((endpoint) => {
      const key = serverKey(endpoint);
      if (endpoint.draining || seen.has(key) || !isAddress(endpoint.address) || !isPort(endpoint.port)) return false;
      if (!admitted(route.routeId, endpoint)) return false;
      seen.add(key);
      return true;
    }),
  );
  const weights = serverWeights(
    route.targets.map(({ weight }, index) => ({ weight, servers: ready[index]?.length ?? 0 })),
  );
  return ready.flatMap((endpoints, index) =>
    endpoints.map(({ address, port }) => ({ address, port, weight: weights[index] ?? 0 })),
  );
}

export interface BackendFacts {
  /** Whether the edge reached the container, so that requests may follow. */
  admitted: (routeId: string, endpoint: EdgeEndpoint) => boolean;
  /** Room that a running backend has; null when it does not run. */
  slots: (backend: string) => number | null;
}

/** The route’s backend, or a sentence on why there is none. TLS is decided by the caller. */
export function backendOf(
  projectId: string,
  route: EdgeRoute,
  redirectToHttps: boolean,
  facts: BackendFacts,
): BackendModel | string {
  const name = backendName(route.routeId);
  const healthCheck = healthCheckOf(route);
  if (typeof healthCheck === 'string') return healthCheck;
  const http = route.kind === 'http';
  const endpoints = route.targets.reduce((sum, target) => sum + target.endpoints.length, 0);
  return {
    name,
    routeId: route.routeId,
    projectId,
    mode: route.kind,
    affinityKey: http && route.cookieAffinity ? route.routeId : null,
    checkHost: http && !route.host.startsWith('*') ? route.host : '',
    healthCheck,
    proxyProtocol: route.proxyProtocol,
    redirectToHttps,
    hstsMaxAgeSeconds: http ? Math.min(route.hstsMaxAgeSeconds, 2 ** 31) : 0,
    slots: slotsFor(endpoints, facts.slots(name)),
    servers: serversOf(route, facts.admitted),
  };
}
