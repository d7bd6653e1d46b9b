import type { StackState } from '#libs/domain/stack/state.js';

/** As the table of stack states has them; it alone writes "Not Running" with two capitals. */
export const stackStateNames = {
  'not-running': 'Not Running',
  starting: 'Starting',
  running: 'Running',
  'partly-running': 'Partly running',
  stopping: 'Stopping',
  stopped: 'Stopped',
  redeploying: 'Redeploying',
  terminating: 'Terminating',
  terminated: 'Terminated',
} as const satisfies Record<StackState, string>;

export const stackStateOf = Object.fromEntries(
  Object.entries(stackStateNames).map(([state, name]) => [name, state]),
) as Record<(typeof stackStateNames)[StackState], StackState>;
