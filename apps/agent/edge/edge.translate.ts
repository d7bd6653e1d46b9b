import type {
  EdgeProject as WireProject,
  EdgeRoute as WireRoute,
} from '#libs/agent-protocol/generated/pierhead/agent/v1/edge.js';
import type { EdgeHealthCheck, EdgeProject, EdgeRoute } from '#libs/edge/state.js';

const proxyProtocols = new Set(['none', 'v1', 'v2']);
const checkKinds = new Set(['none', 'tcp', 'http']);

function healthCheckFromWire(given: WireRoute['healthCheck']): EdgeHealthCheck {
  const kind = given && checkKinds.has(given.kind) ? (given.kind as EdgeHealthCheck['kind']) : 'tcp';
  return {
    kind,
    path: given?.path ?? '',
    acceptedCodes: given?.acceptedCodes ?? [],
    intervalMs: given?.intervalMs ?? 0,
    rise: given?.rise ?? 0,
    fall: given?.fall ?? 0,
  };
}

const routeFromWire = (given: WireRoute): EdgeRoute => ({
  routeId: given.routeId,
  kind: given.kind === 'tcp' ? 'tcp' : 'http',
  host: given.host,
  path: given.path || '/',
  port: given.port,
  tls: given.tls,
  certificateId: given.certificateId ?? null,
  redirectToHttps: given.redirectToHttps,
  hstsMaxAgeSeconds: given.hstsMaxAgeS,
  cookieAffinity: given.cookieAffinity,
  proxyProtocol: proxyProtocols.has(given.proxyProtocol) ? (given.proxyProtocol as EdgeRoute['proxyProtocol']) : 'none',
  healthCheck: healthCheckFromWire(given.healthCheck),
  targets: given.targets,
  drainMs: given.drainMs,
});

/** What is missing or unknown gets the value that serves most. */
export const edgeProjectFromWire = (given: WireProject): EdgeProject => ({
  projectId: given.projectId,
  routes: given.routes.map(routeFromWire),
  certificates: given.certificates,
  challenges: given.challenges,
});
