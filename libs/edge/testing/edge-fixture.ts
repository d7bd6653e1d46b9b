import type { EdgeFacts } from '../compile/compile.js';
import { edgeFiles, type EdgeSettings } from '../settings.js';
import type { EdgeEndpoint, EdgeProject, EdgeRoute } from '../state.js';

export const settings: EdgeSettings = {
  address: '127.0.0.1',
  httpPort: 8081,
  httpsPort: 8444,
  metricsPort: null,
  account: null,
  files: edgeFiles('/edge'),
};

/** Everything that wants in is in, nothing runs yet. */
export const facts: EdgeFacts = {
  admitted: () => true,
  slots: () => null,
  refusedCertificates: new Map(),
  takenPorts: new Set(),
  refusedRoutes: new Map(),
};

export const endpoint = (address: string, port: number, given: Partial<EdgeEndpoint> = {}): EdgeEndpoint => ({
  containerId: `${address}-${port}`,
  address,
  port,
  draining: false,
  ...given,
});

export const route = (routeId: string, given: Partial<EdgeRoute> = {}): EdgeRoute => ({
  routeId,
  kind: 'http',
  host: `${routeId}.example.com`,
  path: '/',
  port: 0,
  tls: false,
  certificateId: null,
  redirectToHttps: false,
  hstsMaxAgeSeconds: 0,
  cookieAffinity: false,
  proxyProtocol: 'none',
  healthCheck: { kind: 'tcp', path: '', acceptedCodes: [], intervalMs: 1_000, rise: 1, fall: 2 },
  targets: [],
  drainMs: 10_000,
  ...given,
});

export const target = (weight: number, ...endpoints: EdgeEndpoint[]) => ({
  serviceId: 'service',
  port: endpoints[0]?.port ?? 80,
  weight,
  endpoints,
});

export const project = (projectId: string, given: Partial<EdgeProject> = {}): EdgeProject => ({
  projectId,
  routes: [],
  certificates: [],
  challenges: [],
  ...given,
});
