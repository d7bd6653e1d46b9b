import type { ContainerFilter, ContainerRecord } from '#libs/core/container/container.repository.port.js';
import { containerStates, type ContainerState } from '#libs/domain/container/state.js';

export const containerStateNames = ['Starting', 'Running', 'Stopping', 'Stopped', 'Terminating', 'Terminated'] as const;
export type ContainerStateName = (typeof containerStateNames)[number];

const ended: readonly ContainerState[] = ['exited', 'failed', 'lost'];

/** One word for what is wanted and what is observed. A restart, which stops first, is a start to its watcher. */
export function containerStateName(
  container: Pick<ContainerRecord, 'desired' | 'removedAt'> & { observed: { state: ContainerState } },
): ContainerStateName {
  const { desired, observed, removedAt } = container;
  if (removedAt || observed.state === 'removed') return 'Terminated';
  if (desired === 'removed') return 'Terminating';
  if (ended.includes(observed.state)) return 'Stopped';
  if (desired === 'stopped') return 'Stopping';
  return observed.state === 'running' ? 'Running' : 'Starting';
}

/** What the event log holds is the observed state alone. */
export const observedStateName = {
  pending: 'Starting',
  pulling: 'Starting',
  starting: 'Starting',
  running: 'Running',
  stopping: 'Stopping',
  exited: 'Stopped',
  failed: 'Stopped',
  removed: 'Terminated',
  lost: 'Stopped',
} as const satisfies Record<ContainerState, ContainerStateName>;

type StateFilter = Pick<ContainerFilter, 'states' | 'desired' | 'includeRemoved'>;

/** The containers that a state's name stands for, as the core can be asked for them. */
export const containersIn: Record<ContainerStateName, StateFilter> = {
  Starting: { states: ['pending', 'pulling', 'starting', 'stopping'], desired: ['running'] },
  Running: { states: ['running'], desired: ['running'] },
  Stopping: { states: ['pending', 'pulling', 'starting', 'running', 'stopping'], desired: ['stopped'] },
  Stopped: { states: [...ended], desired: ['running', 'stopped'] },
  Terminating: { states: containerStates.filter((state) => state !== 'removed'), desired: ['removed'] },
  Terminated: { states: ['removed'], includeRemoved: true },
};
