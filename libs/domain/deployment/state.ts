/** Moving a service from one revision or size to another. The end state is what was observed, never what was hoped. */
export const deploymentStates = [
  'in-progress',
  'paused', // the failure action stopped it; old and new serve side by side
  'rolling-back',
  'succeeded', // every slot ran the target revision for the monitor time
  'rolled-back', // every slot runs the former revision again
  'failed', // it ended without reaching its target
  'superseded', // a newer deployment of the service took over
  'canceled',
] as const;
export type DeploymentState = (typeof deploymentStates)[number];

export const deploymentKinds = ['create', 'start', 'stop', 'redeploy', 'scale', 'terminate'] as const;
export type DeploymentKind = (typeof deploymentKinds)[number];

export const deploymentEnded = (state: DeploymentState): boolean =>
  !['in-progress', 'rolling-back', 'paused'].includes(state);
