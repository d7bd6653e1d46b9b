import type {
  EdgeCertificate,
  EdgeEndpoint,
  EdgeProject,
  EdgeRoute,
  EdgeTarget,
} from '#libs/agent-protocol/generated/pierhead/agent/v1/edge.js';

export const quickCheck = { kind: 'tcp', path: '', acceptedCodes: [], intervalMs: 500, rise: 1, fall: 2 };

export const httpRoute = (
  routeId: string,
  host: string,
  targets: EdgeTarget[],
  given: Partial<EdgeRoute> = {},
): EdgeRoute => ({
  routeId,
  kind: 'http',
  host,
  path: '/',
  port: 0,
  tls: false,
  certificateId: undefined,
  redirectToHttps: false,
  hstsMaxAgeS: 0,
  cookieAffinity: false,
  proxyProtocol: 'none',
  healthCheck: quickCheck,
  targets,
  drainMs: 5_000,
  ...given,
});

export const tcpRoute = (
  routeId: string,
  port: number,
  targets: EdgeTarget[],
  given: Partial<EdgeRoute> = {},
): EdgeRoute => httpRoute(routeId, '', targets, { kind: 'tcp', port, ...given });

export const endpoint = ({ port }: { port: number }, draining = false): EdgeEndpoint => ({
  containerId: `container-${port}`,
  address: '127.0.0.1',
  port,
  draining,
});

export const target = (weight: number, ...endpoints: EdgeEndpoint[]): EdgeTarget => ({
  serviceId: `service-${endpoints[0]?.port ?? 0}`,
  port: endpoints[0]?.port ?? 80,
  weight,
  endpoints,
});

export const project = (
  projectId: string,
  routes: EdgeRoute[],
  certificates: EdgeCertificate[] = [],
  challenges: EdgeProject['challenges'] = [],
): EdgeProject => ({ projectId, routes, certificates, challenges });
