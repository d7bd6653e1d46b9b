import type { EdgeHealthCheck, RouteProblem } from '../state.js';

/** A container’s port, as the load balancer knows it. */
export interface ServerModel {
  address: string;
  port: number;
  /** 0 to 256. */
  weight: number;
}

export interface BackendModel {
  /** Unique, made of the route’s id. */
  name: string;
  routeId: string;
  projectId: string;
  mode: 'http' | 'tcp';
  /** Same on every edge, so that a client keeps its container whichever edge it comes through. Null: no affinity. */
  affinityKey: string | null;
  /** Sent as Host with health checks; empty for none. */
  checkHost: string;
  healthCheck: EdgeHealthCheck;
  proxyProtocol: 'none' | 'v1' | 'v2';
  redirectToHttps: boolean;
  hstsMaxAgeSeconds: number;
  /** Servers that it has room for without being written anew. */
  slots: number;
  /** Those that take new requests now. */
  servers: ServerModel[];
}

export interface TcpFrontendModel {
  name: string;
  routeId: string;
  port: number;
  backend: string;
  /** Path of its list of certificates; null: no TLS. */
  certificateList: string | null;
}

/** One line of a list of certificates; without a name the certificate’s own names count, and the first is the default. */
export interface CertificateListLine {
  file: string;
  serverName: string | null;
}

export interface CertificateModel {
  certificateId: string;
  file: string;
  pem: string;
}

/** All that one load balancer is to do. */
export interface EdgeModel {
  backends: BackendModel[];
  tcpFrontends: TcpFrontendModel[];
  /** "host/path/" → backend. */
  routes: Map<string, string>;
  /** "host/path" → answer. */
  challenges: Map<string, string>;
  certificates: CertificateModel[];
  /** By the list’s path. */
  certificateLists: Map<string, CertificateListLine[]>;
  problems: RouteProblem[];
}

const ofRoute = 'r_';
export const backendName = (routeId: string): string => `${ofRoute}${routeId}`;
/** Those that are not, the load balancer has for itself. */
export const isRouteBackend = (name: string): boolean => name.startsWith(ofRoute);
export const tcpFrontendName = (routeId: string): string => `t_${routeId}`;
export const serverKey = ({ address, port }: { address: string; port: number }): string => `${address}:${port}`;
