import type { ActionState } from '#libs/domain/action/state.js';

export type ActionResource =
  | 'stack'
  | 'service'
  | 'container'
  | 'volume'
  | 'file-share'
  | 'backup-target'
  | 'backup-schedule'
  | 'backup'
  | 'route'
  | 'public-ip'
  | 'public-ip-pool'
  | 'domain'
  | 'certificate'
  | 'trigger'
  | 'registry'
  | 'node'
  | 'node-cluster'
  | 'organization'
  | 'project'
  | 'member'
  | 'user'
  | 'api-key'
  | 'session'
  | 'join-token'
  | 'quota';

/** What must be observed of single containers for the action to have succeeded. */
export interface ContainerExpectation {
  containerId: string;
  /** `moved`: gone, with another one elsewhere in its place. */
  state: 'running' | 'exited' | 'removed' | 'moved';
  /** Only an observation of this assignment generation or a later one counts. */
  generation: number;
}

export interface ActionRecord {
  id: string;
  organizationId: string | null;
  projectId: string | null;
  userId: string | null;
  userName: string | null;
  apiKeyId: string | null;
  verb: string;
  resourceType: ActionResource;
  resourceId: string | null;
  resourceName: string | null;
  stackId: string | null;
  serviceId: string | null;
  origin: 'user' | 'system';
  state: ActionState;
  message: string | null;
  expectation: ContainerExpectation[] | null;
  method: string | null;
  path: string | null;
  ip: string | null;
  userAgent: string | null;
  retryOf: string | null;
  startedAt: Date;
  deadlineAt: Date | null;
  endedAt: Date | null;
}

export interface ActionFilter {
  ids?: string[];
  idPrefix?: string;
  states?: ActionState[];
  resourceId?: string;
  /** With `resourceId`: also the actions of what belongs to it (a stack's services and containers). */
  includeRelated?: boolean;
  startedFrom?: Date;
  startedTo?: Date;
  endedFrom?: Date;
  endedTo?: Date;
  verb?: string;
  resourceType?: ActionResource;
  userName?: string;
  /** Only what comes after this one in the list's order: pages that do not shift while new actions arrive. */
  after?: { startedAt: Date; id: string };
  limit: number;
  offset: number;
}

export interface ActionRepository {
  insert(action: ActionRecord): Promise<void>;
  get(id: string): Promise<ActionRecord | null>;
  /** As `get`, and holds the row until the transaction ends. */
  lock(id: string): Promise<ActionRecord | null>;
  /** Newest first. `projectId` null lists the whole organization, `organizationId` null the platform's own. */
  list(
    organizationId: string | null,
    projectId: string | null,
    filter: ActionFilter,
  ): Promise<{ rows: ActionRecord[]; total: number }>;
  /** Ends or moves an action unless it has ended; false when it had. */
  move(id: string, state: ActionState, message: string | null, endedAt: Date | null): Promise<boolean>;
  /** Open actions that wait for containers of this service (or for this standalone container). */
  openExpectations(serviceOrContainerId: string): Promise<ActionRecord[]>;
  /** Open actions past their deadline, oldest first. */
  overdue(now: Date, limit: number): Promise<ActionRecord[]>;
  /** Deployments that carry this action, with their states: a stack's action ends when all of them have. */
  deploymentStates(id: string): Promise<{ state: string; message: string | null; serviceName: string }[]>;
}
