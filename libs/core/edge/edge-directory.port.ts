import type { RouteHealthCheck } from '#libs/domain/route/route.js';

/** A container that edges may know. */
export interface EdgeEndpointView {
  containerId: string;
  address: string;
  /** It ends what it began and is sent nothing more. */
  draining: boolean;
}

export interface EdgeRouteView {
  routeId: string;
  kind: 'http' | 'tcp';
  /** Null for TCP, as is `path`; `port` is null for HTTP. */
  host: string | null;
  path: string | null;
  port: number | null;
  tls: boolean;
  /** Shown for its host; of TCP the chosen one, or null for any of the project's. */
  certificateId: string | null;
  redirectToHttps: boolean;
  hstsMaxAgeSeconds: number;
  cookieAffinity: boolean;
  proxyProtocol: 'none' | 'v1' | 'v2';
  healthCheck: RouteHealthCheck;
  drainMs: number;
  targets: { serviceId: string; port: number; weight: number; endpoints: EdgeEndpointView[] }[];
}

export interface EdgeCertificateView {
  certificateId: string;
  /** Hosts it is shown for; empty for one that only TCP routes show. */
  names: string[];
  chainPem: string;
  keySealed: Buffer;
}

/** What edges serve of one project: routes on its own hosts, what they show, and answers to issuers. */
export interface EdgeProjectView {
  projectId: string;
  organizationId: string;
  routes: EdgeRouteView[];
  certificates: EdgeCertificateView[];
  challenges: { host: string; token: string; response: string }[];
}

export interface EdgeSnapshot {
  /** Everything of transactions below it is in the views, and of no other. */
  version: number;
  /** Without those that edges have nothing to do for. */
  projects: EdgeProjectView[];
}

/** A node has this of a project in force. */
export interface EdgeAcknowledgement {
  projectId: string;
  version: number;
  /** Null: as it said before. */
  problems: { routeId: string; sentence: string }[] | null;
}

/** What a gateway needs for nodes in the edge role; on the platform role. */
export abstract class EdgeDirectory {
  /** Whose routes a node serves: an organization's, null: everybody's. */
  abstract owners(nodeIds: string[]): Promise<Map<string, string | null>>;
  /** Projects that edges have something to do for. */
  abstract served(): Promise<string[]>;
  abstract snapshot(projectIds: string[]): Promise<EdgeSnapshot>;
  /** Nothing is taken back that was in force; ignored for a session that is not the node's current one. */
  abstract acknowledge(nodeId: string, epoch: number, acknowledgements: EdgeAcknowledgement[]): Promise<void>;
}
