import { isAlive } from '#libs/domain/container/state.js';
import type { ContainerView } from '../snapshot.js';

export const isKept = (container: ContainerView): boolean => container.desired !== 'removed';

export const lives = (container: ContainerView): boolean => isAlive(container.state);

const ended = (container: ContainerView): boolean => container.state === 'exited' || container.state === 'failed';

/** Ended before, asked to start again, and its agent has not done so yet. */
export const awaitsStart = (container: ContainerView): boolean =>
  container.desired === 'running' && ended(container) && container.incarnation < container.startIncarnation;

/** Its process ended or never began, and its restart policy has nothing further for it. */
export const isOver = (container: ContainerView): boolean => ended(container) && !awaitsStart(container);

/** Could not be pulled, created or started: there is nothing in it worth keeping. */
export const neverRan = (container: ContainerView): boolean =>
  isOver(container) && container.state === 'failed' && container.startedAt === null;

/** Ran to its end with exit code 0: what a job does. */
export const isDone = (container: ContainerView): boolean =>
  isOver(container) && container.state === 'exited' && container.exitCode === 0;
