import type { StackState } from '#libs/domain/stack/state.js';
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

export interface StackRepository {
  /** `conflict` when the project has a living stack of that name. */
  insert(stack: StackRecord): Promise<void>;
  get(projectId: string, id: string): Promise<StackRecord | null>;
  lock(projectId: string, id: string): Promise<StackRecord | null>;
  /** For reconcilers, across projects. */
  lockAny(id: string): Promise<StackRecord | null>;
  details(projectId: string, filter: StackFilter): Promise<{ rows: StackDetails[]; total: number }>;
  /** `stale` when `rowVersion` is not the stored one; returns the new version. */
  update(stack: StackRecord): Promise<number>;
}
