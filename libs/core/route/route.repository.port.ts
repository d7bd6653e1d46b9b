import type { RouteSpec } from '#libs/domain/route/route.js';

export interface RouteRecord {
  id: string;
  organizationId: string;
  projectId: string;
  /** In its canonical form, with its host or its port. */
  spec: RouteSpec;
  /** Its host is the organization’s; always so for TCP. Edges serve no other. */
  owned: boolean;
  createdAt: Date;
  rowVersion: number;
}

export interface RouteTargetDetails {
  serviceId: string;
  serviceName: string;
  /** Containers that edges send requests to, and those that only end what they began. */
  ready: number;
  leaving: number;
}

/** A route with what a representation needs of its surroundings, loaded without one query per route. */
export interface RouteDetails extends RouteRecord {
  /** In the order of the definition; without those whose service is gone for good. */
  targets: RouteTargetDetails[];
  /** The certificate that edges show for it. */
  shownCertificateId: string | null;
  /** What edges say is wrong with it, each sentence once. */
  problems: string[];
}

export interface EdgeNode {
  name: string;
  /** Where clients reach it. */
  address: string;
}

export interface RouteFilter {
  ids?: string[];
  serviceId?: string;
  host?: string;
  /** All of them. */
  labels?: Record<string, string>;
  limit: number;
  offset: number;
}

export interface RouteRepository {
  /** `conflict` when the host and path, or the port, is taken. */
  insert(route: RouteRecord): Promise<void>;
  /** As `insert`; `stale` when `rowVersion` is not the stored one. Returns the new version. */
  update(route: RouteRecord): Promise<number>;
  /** Null when absent or of another project; holds the row until the transaction ends. */
  lock(projectId: string, id: string): Promise<RouteRecord | null>;
  /** The project of a route, whoever asks. */
  projectOf(id: string): Promise<string | null>;
  details(projectId: string, filter: RouteFilter): Promise<{ rows: RouteDetails[]; total: number }>;
  delete(id: string): Promise<void>;
  /** Of these services of the project those that are there and not terminated, by id. */
  serviceNames(projectId: string, ids: string[]): Promise<Map<string, string>>;
  /** A port of the range that no route has; null when all are taken. Another caller may be given the same. */
  freePort(range: { from: number; to: number }): Promise<number | null>;
  /** Nodes up and in the edge role that serve the organization. */
  edges(organizationId: string): Promise<EdgeNode[]>;
  /**
   * For the platform: gives every route on this name or below to whom its host now belongs, and takes it from the
   * others. Returns those it changed.
   */
  settleOwners(name: string): Promise<RouteRecord[]>;
}
