import type { ContainerState } from '#libs/domain/container/state.js';
import type { ServiceSpec } from '#libs/domain/service/spec.js';
import type { ServiceIntent, ServiceState } from '#libs/domain/service/state.js';

/** Zero for a service that was never started and for one that has terminated. */
export interface Reservation {
  containers: number;
  memoryBytes: number;
  milliCpu: number;
}

export interface ServiceRecord {
  id: string;
  organizationId: string;
  projectId: string;
  stackId: string | null;
  name: string;
  /** The user's newest definition; `spec.replicas` is the wanted number. */
  spec: ServiceSpec;
  intent: ServiceIntent;
  state: ServiceState;
  stateMessage: string | null;
  /** Containers match the definition. */
  synchronized: boolean;
  /** The revision being deployed; 0 before the first start. */
  revision: number;
  /** The number being deployed: `spec.replicas` as of the last start, scale or redeploy. */
  replicas: number;
  /** What the service holds of its project's quota. */
  reserved: Reservation;
  /** When the reconciler wants to look again although nothing was reported. */
  lookAgainAt: Date | null;
  deployedAt: Date | null;
  startedAt: Date | null;
  stoppedAt: Date | null;
  destroyedAt: Date | null;
  createdAt: Date;
  rowVersion: number;
}

/** A service with what a representation needs of its surroundings, loaded without one query per service. */
export interface ServiceDetails extends ServiceRecord {
  stackName: string | null;
  /** Living containers, by ordinal. */
  containers: {
    id: string;
    name: string;
    state: ContainerState;
    nodeId: string | null;
    ordinal: number;
    revision: number | null;
    address: string | null;
    createdAt: Date;
    ports: { containerPort: number; protocol: string; hostPort: number; hostAddress: string }[];
  }[];
  /** Services that link to this one. */
  linkedFrom: { serviceId: string; serviceName: string; alias: string }[];
}

export interface ServiceFilter {
  ids?: string[];
  idPrefix?: string;
  name?: string;
  stackId?: string;
  stackName?: string;
  states?: ServiceState[];
  /** Also those terminated in the last hour, as Docker Cloud lists them. */
  includeTerminated?: boolean;
  limit: number;
  offset: number;
}

/** What a registry had under a service's image when somebody looked. */
export interface PulledImage {
  serviceId: string;
  organizationId: string;
  image: string;
  /** `sha256:…` */
  digest: string;
  at: Date;
}

export interface LockedService extends ServiceRecord {
  /** It has keys of its own that are not revoked. */
  holdsKeys: boolean;
  /** How long its active routes let requests under way take; null without one. */
  routeDrainMs: number | null;
}

export interface ServiceRepository {
  /** `conflict` when the name is taken in the same stack (or outside of one) of the project. */
  insert(...services: ServiceRecord[]): Promise<void>;
  /** Null when absent or of another project. */
  get(projectId: string, id: string): Promise<ServiceRecord | null>;
  /** As `get`, and holds the row until the transaction ends. */
  lock(projectId: string, id: string): Promise<ServiceRecord | null>;
  /**
   * Ids of living services by reference: an id, `name` (in the given stack first, then outside of any, then if only
   * one stack has it), or `name.stack`. References that name nothing are left out.
   */
  resolve(projectId: string, references: string[], stackId: string | null): Promise<Map<string, string>>;
  /** Those of the stack that have not terminated, held; always in the same order, so that two calls never wait for each other. */
  lockOfStack(projectId: string, stackId: string): Promise<ServiceRecord[]>;
  byStack(stackId: string): Promise<ServiceRecord[]>;
  details(projectId: string, filter: ServiceFilter): Promise<{ rows: ServiceDetails[]; total: number }>;
  /** Takes the place of what was noted before. */
  notePulled(pulled: PulledImage): Promise<void>;
  /** Writes every column but ids; `stale` when `rowVersion` is not the stored one; returns the new version. */
  update(service: ServiceRecord): Promise<number>;
  /** As `update`, all in one statement; the records have their new versions then. */
  updateAll(services: ServiceRecord[]): Promise<void>;
  /** `volumeEpoch`: the revision whose deployment last asked for new unnamed volumes of its instances; 0 when none did. */
  insertRevision(
    serviceId: string,
    organizationId: string,
    number: number,
    spec: ServiceSpec,
    volumeEpoch?: number,
  ): Promise<void>;
  insertRevisions(
    revisions: { serviceId: string; organizationId: string; number: number; spec: ServiceSpec; volumeEpoch: number }[],
  ): Promise<void>;
  /** Of those that have any. */
  newestRevisions(serviceIds: string[]): Promise<Map<string, { number: number; volumeEpoch: number }>>;
  revision(serviceId: string, number: number): Promise<ServiceSpec | null>;
  /** The named revisions' definitions and volume epochs, in one read. */
  specs(
    serviceId: string,
    numbers: number[],
  ): Promise<{ specs: Map<number, ServiceSpec>; epochs: Map<number, number> }>;
  /** Newest first. */
  revisions(serviceId: string): Promise<{ number: number; spec: ServiceSpec; volumeEpoch: number; createdAt: Date }[]>;
  /** For reconcilers, across projects: holds the row. */
  lockAny(id: string): Promise<LockedService | null>;
  /** Living services of the project whose links or volumesFrom name the given one. */
  dependants(
    projectId: string,
    serviceId: string,
  ): Promise<{ id: string; name: string; why: 'link' | 'volumes-from' }[]>;
  /** A JSON array text of the project's services (native representation), built by the database. */
  listJson(projectId: string, after: string | null, limit: number): Promise<string>;
}
