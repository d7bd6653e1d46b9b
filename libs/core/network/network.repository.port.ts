/** A project's private network over all its nodes. */
export interface NetworkRecord {
  projectId: string;
  organizationId: string;
  /** CIDR. No two projects' ranges overlap. */
  range: string;
  /** Tells projects' packets apart between nodes. */
  vni: number;
}

/** A container that is about to be placed. One without a service is given an address of its own. */
export interface AddressWish {
  containerId: string;
  serviceId: string | null;
  ordinal: number;
}

/** What a service could still be given of its project's network. */
export interface AddressRoom {
  range: string;
  /** Addresses that nobody holds. */
  free: number;
  /** Slots of the service whose address is there to be taken over. */
  held: number[];
}

export interface PoolUsage {
  range: string;
  projectId: string;
  addresses: number;
}

/** Runs on the platform role, except `get`: a tenant sees nothing of the other projects' ranges. */
export interface NetworkRepository {
  get(projectId: string): Promise<NetworkRecord | null>;
  /** Every project's network; nobody else gives one out until this transaction ends. */
  holdAll(): Promise<NetworkRecord[]>;
  insert(network: NetworkRecord): Promise<void>;
  /**
   * An address for each wish, by container, in one statement: that of its slot unless a living container holds it, else
   * a free one, looked for from `seed` on. Fewer than wished when the project has no network, when it is full, or when
   * others took the same ones at the same moment.
   */
  lease(projectId: string, wishes: AddressWish[], seed: number): Promise<Map<string, string>>;
  /** Null when the project has no network. */
  room(projectId: string, serviceId: string | null): Promise<AddressRoom | null>;
  /** Gives back everything the service holds. */
  releaseService(serviceId: string): Promise<void>;
}
