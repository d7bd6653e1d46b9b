import type { ContainerState } from '#libs/domain/container/state.js';
import type { ServiceSpec } from '#libs/domain/service/spec.js';

export interface LinkedContainerRecord {
  id: string;
  name: string;
  ordinal: number;
  revision: number | null;
  nodeId: string | null;
  state: ContainerState;
  /** In the project's network; null until it is known. */
  address: string | null;
  createdAt: Date;
}

/** A service that another one links to, as it runs. */
export interface LinkedServiceRecord {
  id: string;
  name: string;
  stackName: string | null;
  /** Of the revision that runs; the newest definition of a service that was never started. */
  spec: ServiceSpec;
  revision: number;
  replicas: number;
  /** A deployment that makes containers is under way. */
  deploying: boolean;
  /** Those that live and are wanted. */
  containers: LinkedContainerRecord[];
}

export interface Surroundings {
  /** Of the service's project. */
  namespace: string;
  stackName: string | null;
  /** Those of the wanted ones that are there. */
  linked: LinkedServiceRecord[];
}

export interface DiscoveryRepository {
  /** Those of these services that are there and of this project, as they run. */
  linked(projectId: string, serviceIds: readonly string[]): Promise<LinkedServiceRecord[]>;
  /** What new containers of a service are told, in one read. `linkedIds` are looked for in its own project only. */
  surroundings(serviceId: string, linkedIds: readonly string[]): Promise<Surroundings>;
}
