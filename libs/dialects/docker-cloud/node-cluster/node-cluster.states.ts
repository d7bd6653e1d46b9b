import type { NodeClusterState } from '#libs/domain/node/cluster-state.js';

export const nodeClusterStateNames = {
  init: 'Init',
  deploying: 'Deploying',
  deployed: 'Deployed',
  'partly-deployed': 'Partly deployed',
  scaling: 'Scaling',
  terminating: 'Terminating',
  terminated: 'Terminated',
  empty: 'Empty cluster',
} as const satisfies Record<NodeClusterState, string>;
