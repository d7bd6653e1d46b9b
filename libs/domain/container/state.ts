/**
 * Three columns, three writers: the template is the user's, `desired` the reconcilers', `observed` the agent's.
 *
 * A container is one-shot per *incarnation*: the agent may start the same container again (crash policy, an
 * explicit start), which is a new incarnation. Within one incarnation the observed state only moves forward.
 */
export const desiredStates = ['running', 'stopped', 'removed'] as const;
export type DesiredState = (typeof desiredStates)[number];

export const containerStates = [
  'pending', // not yet seen by its node's agent
  'pulling',
  'starting',
  'running',
  'stopping',
  'exited', // its process ended, or it was stopped
  'failed', // it could not be pulled, created or started, or its restart policy gave up
  'removed', // the engine no longer has it
  'lost', // its node was lost; written by the node monitor, never by an agent
] as const;
export type ContainerState = (typeof containerStates)[number];

/** Which states may follow which, within one incarnation. Repeating a state is always allowed. */
export const containerTransitions: Record<ContainerState, readonly ContainerState[]> = {
  pending: ['pulling', 'starting', 'running', 'stopping', 'exited', 'failed', 'removed', 'lost'],
  pulling: ['starting', 'running', 'stopping', 'exited', 'failed', 'removed', 'lost'],
  starting: ['running', 'stopping', 'exited', 'failed', 'removed', 'lost'],
  running: ['stopping', 'exited', 'failed', 'removed', 'lost'],
  stopping: ['exited', 'failed', 'removed', 'lost'],
  exited: ['failed', 'removed', 'lost'],
  failed: ['removed', 'lost'],
  removed: [],
  lost: ['pulling', 'starting', 'running', 'stopping', 'exited', 'failed', 'removed'], // the node came back
};

export const canMove = (from: ContainerState, to: ContainerState): boolean =>
  from === to || containerTransitions[from].includes(to);

export const healthStates = ['none', 'starting', 'healthy', 'unhealthy'] as const;
export type HealthState = (typeof healthStates)[number];

export interface PublishedPort {
  containerPort: number;
  protocol: 'tcp' | 'udp';
  hostAddress: string;
  hostPort: number;
}

/** What the agent last reported of a container. */
export interface ObservedContainer {
  state: ContainerState;
  /** 1 for the first start, one more for every further one. */
  incarnation: number;
  health: HealthState;
  engineId: string | null;
  exitCode: number | null;
  /** A sentence on why it is in this state; no secrets. */
  message: string | null;
  imageDigest: string | null;
  address: string | null;
  ports: PublishedPort[];
  startedAt: Date | null;
  finishedAt: Date | null;
}

/** Alive: it holds its node's capacity and host ports. */
export const isAlive = (state: ContainerState): boolean => !['exited', 'failed', 'removed', 'lost'].includes(state);
