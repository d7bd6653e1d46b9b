import type { TriggerOperation } from '#libs/domain/trigger/operation.js';

export interface TriggerRecord {
  id: string;
  organizationId: string;
  projectId: string;
  serviceId: string;
  name: string;
  operation: TriggerOperation;
  /** SHA-256. */
  secretHash: Buffer;
  /** The newest call that began its work. */
  lastCalledAt: Date | null;
  /** How many calls began their work. */
  calls: number;
  createdAt: Date;
}

export interface CallableTrigger extends TriggerRecord {
  /** Of its project. */
  namespace: string;
  /** Of its service. */
  stackId: string | null;
}

export interface TriggerFilter {
  ids?: string[];
  idPrefix?: string;
  name?: string;
  limit: number;
  offset: number;
}

export interface TriggerRepository {
  insert(trigger: TriggerRecord): Promise<void>;
  get(projectId: string, serviceId: string, id: string): Promise<TriggerRecord | null>;
  /** Oldest first. */
  list(projectId: string, serviceId: string, filter: TriggerFilter): Promise<{ rows: TriggerRecord[]; total: number }>;
  /** Across organizations: on the platform role only. */
  bySecret(secretHash: Buffer): Promise<CallableTrigger | null>;
  /** False when it was deleted meanwhile. */
  noteCall(id: string, at: Date): Promise<boolean>;
  delete(id: string): Promise<void>;
  /** Those of a service that do one thing. */
  deleteOf(serviceId: string, operation: TriggerOperation): Promise<void>;
}
