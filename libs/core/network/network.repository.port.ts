import type { ContainerState, HealthState } from '#libs/domain/container/state.js';

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

/** An address in use. */
export interface MemberDetails {
  address: string;
  /** Null: the slot keeps its address and has no container at the moment. */
  container: { id: string; name: string; state: ContainerState; health: HealthState } | null;
  service: { id: string; name: string; ordinal: number } | null;
  stack: { id: string; name: string } | null;
  node: { id: string; name: string } | null;
}

/** A node with containers of the project. */
export interface NetworkNodeDetails {
  id: string;
  name: string;
  /** False: containers there are reached through its published ports only. */
  overlay: boolean;
  /** Its own in the range; null until it was told. */
  address: string | null;
  /** Null: it is up to date. */
  behindSince: Date | null;
}

/** One project's share of the pool. */
export interface PoolNetwork {
  range: string;
  vni: number;
  project: { id: string; namespace: string };
  organization: { id: string; name: string };
  /** Addresses that containers and nodes hold. */
  addresses: number;
  createdAt: Date;
}

/** Giving out runs on the platform role; a tenant sees its own projects' networks only. */
export interface NetworkRepository {
  get(projectId: string): Promise<NetworkRecord | null>;
  /** Addresses that containers hold, and the nodes with containers of the project, by name. */
  usage(projectId: string): Promise<{ used: number; nodes: NetworkNodeDetails[] }>;
  /** In the order of their addresses. */
  members(projectId: string, limit: number, offset: number): Promise<{ rows: MemberDetails[]; total: number }>;
  /** Of all projects. */
  ranges(): Promise<string[]>;
  /** Of all projects, in the order of their ranges. */
  list(limit: number, offset: number): Promise<{ rows: PoolNetwork[]; total: number }>;
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
