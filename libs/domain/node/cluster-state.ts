import type { NodeState } from './state.js';

export const nodeClusterStates = [
  'init',
  'deploying',
  'deployed',
  'partly-deployed',
  'scaling',
  'terminating',
  'terminated',
  'empty',
] as const;
export type NodeClusterState = (typeof nodeClusterStates)[number];

export interface NodeClusterFacts {
  removed: boolean;
  terminating: boolean;
  /** Of hosts that its owner brings: null. Else how many of the operator's pool it is to have. */
  targetNodes: number | null;
  /** Its hosts were asked for. */
  deployed: boolean;
  nodes: { state: NodeState; releasing: boolean }[];
}

/** What a node cluster is said to be. Source: the Docker Cloud API's table of node cluster states. */
export function nodeClusterState(cluster: NodeClusterFacts): NodeClusterState {
  const { removed, terminating, targetNodes, deployed, nodes } = cluster;
  if (removed) return 'terminated';
  if (terminating) return 'terminating';
  if (targetNodes !== null && !deployed) return 'init';
  if (nodes.some((node) => node.releasing)) return 'scaling';
  if (targetNodes !== null && nodes.length < targetNodes) return 'partly-deployed';
  if (nodes.length === 0) return 'empty';
  if (nodes.some((node) => node.state === 'joining')) return 'deploying';
  return nodes.every((node) => node.state === 'ready' || node.state === 'suspect') ? 'deployed' : 'partly-deployed';
}
