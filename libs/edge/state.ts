/** What an edge serves, project by project, in the platform’s words. Times are milliseconds. */
export interface EdgeProject {
  projectId: string;
  routes: EdgeRoute[];
  certificates: EdgeCertificate[];
  challenges: EdgeChallenge[];
}

export interface EdgeRoute {
  routeId: string;
  kind: 'http' | 'tcp';
  /** Lower case, "*.example.com" for a wildcard of one label; empty for tcp. */
  host: string;
  /** A prefix of whole path segments, "/" for all. */
  path: string;
  /** Of the edge, for tcp. */
  port: number;
  /** Of tcp: TLS ends at the edge. Of http: a certificate serves the host. */
  tls: boolean;
  /** Which of the project’s certificates is shown; null: whichever covers the host, of tcp any. */
  certificateId: string | null;
  redirectToHttps: boolean;
  /** 0: none. */
  hstsMaxAgeSeconds: number;
  cookieAffinity: boolean;
  proxyProtocol: 'none' | 'v1' | 'v2';
  healthCheck: EdgeHealthCheck;
  targets: EdgeTarget[];
  /** How long requests under way may take on a container that leaves. */
  drainMs: number;
}

export interface EdgeHealthCheck {
  kind: 'none' | 'tcp' | 'http';
  path: string;
  /** Empty: 200 to 399. */
  acceptedCodes: number[];
  intervalMs: number;
  rise: number;
  fall: number;
}

export interface EdgeTarget {
  serviceId: string;
  port: number;
  /** Of all its containers together, 0 to 1000. */
  weight: number;
  endpoints: EdgeEndpoint[];
}

export interface EdgeEndpoint {
  containerId: string;
  address: string;
  port: number;
  draining: boolean;
}

export interface EdgeCertificate {
  certificateId: string;
  /** What it is valid for, as it says itself. */
  names: string[];
  chainPem: string;
  keyPem: string;
}

/** An answer to an ACME server that looks whether a host is ours. */
export interface EdgeChallenge {
  host: string;
  token: string;
  response: string;
}

export interface RouteProblem {
  projectId: string;
  routeId: string;
  sentence: string;
}
