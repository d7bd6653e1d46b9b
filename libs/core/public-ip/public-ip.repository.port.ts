export interface PublicIpPoolRecord {
  id: string;
  name: string;
  /** Both ends belong to it. */
  first: string;
  last: string;
  /** Only nodes of this cluster can have its addresses; null: any. */
  nodeClusterId: string | null;
  createdAt: Date;
}

export interface PublicIpPoolDetails extends PublicIpPoolRecord {
  size: number;
  /** Held by projects. */
  used: number;
  /** Given back, and not to be given out yet. */
  resting: number;
}

export interface PublicIpRecord {
  id: string;
  organizationId: string;
  projectId: string;
  poolId: string;
  address: string;
  /** A slot of a service: the address follows it to whatever container fills it. */
  serviceId: string | null;
  ordinal: number | null;
  /** A container of no service. */
  containerId: string | null;
  /** False: only the ports that the container publishes. */
  allPorts: boolean;
  createdAt: Date;
}

export interface PublicIpDetails extends PublicIpRecord {
  poolName: string;
  /** That answers at the address now; null while unbound, or while nothing fills the slot. */
  container: { id: string; name: string; nodeId: string | null } | null;
}

export interface PublicIpTarget {
  serviceId: string | null;
  ordinal: number | null;
  containerId: string | null;
  allPorts: boolean;
}

export interface PublicIpRepository {
  /** Of the project; the platform's work sees any. */
  get(projectId: string, id: string): Promise<PublicIpDetails | null>;
  lock(projectId: string, id: string): Promise<PublicIpRecord | null>;
  /** By age. `bound` false lists those that no container has. */
  list(
    projectId: string,
    filter: { bound?: boolean | undefined; limit: number; offset: number },
  ): Promise<{ rows: PublicIpDetails[]; total: number }>;
  bind(id: string, target: PublicIpTarget | null): Promise<void>;
  delete(id: string): Promise<void>;
  /** Nothing stays bound to a service that is gone. */
  unbindService(serviceId: string): Promise<void>;
}

/** On the platform role: addresses are one name space of all organizations. */
export interface PublicIpPoolRepository {
  list(limit: number, offset: number, restedBefore: Date): Promise<{ rows: PublicIpPoolDetails[]; total: number }>;
  get(id: string, restedBefore: Date): Promise<PublicIpPoolDetails | null>;
  /** `conflict` when its name, or an address of it, is another pool's. */
  insert(pool: PublicIpPoolRecord): Promise<void>;
  /** False while projects hold addresses of it. */
  delete(id: string): Promise<boolean>;
  /**
   * Gives out an address that nobody holds and that has rested: never held ones first, then those that rest longest.
   * Null when there is none; two callers never get the same one.
   */
  take(
    ip: Omit<PublicIpRecord, 'address' | 'poolId'>,
    poolId: string | null,
    restedBefore: Date,
  ): Promise<{ address: string; poolId: string } | null>;
  rest(address: string, poolId: string, at: Date): Promise<void>;
}
