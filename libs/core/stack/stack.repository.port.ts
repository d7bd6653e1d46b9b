import type { StackState } from '#libs/domain/stack/state.js';
import type { ServiceSpec } from '#libs/domain/service/spec.js';
import type { ServiceIntent } from '#libs/domain/service/state.js';

export interface StackRecord {
  id: string;
  organizationId: string;
  projectId: string;
  name: string;
  displayName: string | null;
  intent: ServiceIntent;
  state: StackState;
  synchronized: boolean;
  deployedAt: Date | null;
  destroyedAt: Date | null;
  createdAt: Date;
  rowVersion: number;
}

export interface StackDetails extends StackRecord {
  services: { id: string; name: string }[];
}

export interface StackFilter {
  ids?: string[];
  idPrefix?: string;
  name?: string;
  states?: StackState[];
  includeTerminated?: boolean;
  limit: number;
  offset: number;
}

/** What runs of a service, as its last deployment and its containers have it. */
export interface DeployedService {
  serviceId: string;
  /** The revision being deployed or running. */
  spec: ServiceSpec;
  /** Of the image that a container of that revision runs; null until one was observed. */
  imageDigest: string | null;
  /** What its image's name was seen to stand for since it was deployed, without being deployed; null when nobody looked. */
  pulledDigest: string | null;
  /** When a container of the service last started or ended. */
  observedAt: Date | null;
}

export interface StackRepository {
  /** `conflict` when the project has a living stack of that name. */
  insert(stack: StackRecord): Promise<void>;
  /** Inserts it unless there is one of its id, or a living one of its name in the project; never fails for either. */
  ensure(stack: StackRecord): Promise<void>;
  /** The project of a stack that has not been terminated, whoever asks. */
  projectOf(id: string): Promise<string | null>;
  /** Of those services of the project that were ever started. */
  deployed(projectId: string, serviceIds: string[]): Promise<DeployedService[]>;
  get(projectId: string, id: string): Promise<StackRecord | null>;
  lock(projectId: string, id: string): Promise<StackRecord | null>;
  /** For reconcilers, across projects. */
  lockAny(id: string): Promise<StackRecord | null>;
  details(projectId: string, filter: StackFilter): Promise<{ rows: StackDetails[]; total: number }>;
  /** `stale` when `rowVersion` is not the stored one; returns the new version. */
  update(stack: StackRecord): Promise<number>;
}
