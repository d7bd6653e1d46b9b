import type { NodeState } from '#libs/domain/node/state.js';

/** A suspect node has missed one deadline; it takes part as before, and so it is shown. */
export const nodeStateNames = {
  joining: 'Deploying',
  ready: 'Deployed',
  suspect: 'Deployed',
  unreachable: 'Unreachable',
  lost: 'Unreachable',
  removed: 'Terminated',
} as const satisfies Record<NodeState, string>;

const names = ['Deploying', 'Deployed', 'Unreachable', 'Upgrading', 'Terminating', 'Terminated'] as const;
export type NodeStateName = (typeof names)[number];
export const nodeStateNameList: readonly NodeStateName[] = names;

/** States a name stands for; none for what the platform never shows. */
export const nodesIn = (name: NodeStateName): NodeState[] =>
  (Object.keys(nodeStateNames) as NodeState[]).filter((state) => nodeStateNames[state] === name);
