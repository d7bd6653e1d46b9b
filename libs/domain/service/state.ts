import type { ContainerState, DesiredState } from '../container/state.js';

/** What the user asked of a service as a whole. `created` deploys nothing until it is started. */
export const serviceIntents = ['created', 'running', 'stopped', 'terminated'] as const;
export type ServiceIntent = (typeof serviceIntents)[number];

/** Derived from intent, deployment and observed containers; never written by a user. */
export const serviceStates = [
  'not-running',
  'starting',
  'running',
  'partly-running',
  'scaling',
  'redeploying',
  'stopping',
  'stopped',
  'terminating',
  'terminated',
] as const;
export type ServiceState = (typeof serviceStates)[number];

export type ServiceVerb = 'start' | 'stop' | 'redeploy' | 'scale' | 'update' | 'terminate';

/**
 * Verbs a state allows. Transient states allow none but `terminate`, which must always be possible for
 * something that never comes up. Source: service.md "Service states"; `scale` and `update` follow the guide.
 */
export const serviceVerbs: Record<ServiceState, readonly ServiceVerb[]> = {
  'not-running': ['start', 'scale', 'update', 'terminate'],
  starting: ['update', 'terminate'],
  running: ['stop', 'redeploy', 'scale', 'update', 'terminate'],
  'partly-running': ['start', 'stop', 'redeploy', 'scale', 'update', 'terminate'],
  scaling: ['update', 'terminate'],
  redeploying: ['update', 'terminate'],
  stopping: ['terminate'],
  stopped: ['start', 'redeploy', 'scale', 'update', 'terminate'],
  terminating: [],
  terminated: [],
};

export interface ContainerSummary {
  desired: DesiredState;
  state: ContainerState;
}
