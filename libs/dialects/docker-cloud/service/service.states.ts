import type { ServiceState } from '#libs/domain/service/state.js';

/** The names of states are compared by clients letter for letter. */
export const serviceStateNames = {
  'not-running': 'Not running',
  starting: 'Starting',
  running: 'Running',
  'partly-running': 'Partly running',
  scaling: 'Scaling',
  redeploying: 'Redeploying',
  stopping: 'Stopping',
  stopped: 'Stopped',
  terminating: 'Terminating',
  terminated: 'Terminated',
} as const satisfies Record<ServiceState, string>;

export const serviceStateOf = Object.fromEntries(
  Object.entries(serviceStateNames).map(([state, name]) => [name, state]),
) as Record<(typeof serviceStateNames)[ServiceState], ServiceState>;
