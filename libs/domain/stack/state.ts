/** Derived from the states of a stack's services; never written by a user. Source: stack.md "Stack states". */
export const stackStates = [
  'not-running',
  'starting',
  'running',
  'partly-running',
  'stopping',
  'stopped',
  'redeploying',
  'terminating',
  'terminated',
] as const;
export type StackState = (typeof stackStates)[number];
