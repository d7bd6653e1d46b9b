import type { Placement } from '#libs/domain/service/spec.js';
import type { NodeView } from '../snapshot.js';

/** Compared from the first number on; the lower node is taken. */
export type NodeScore = readonly number[];

/** From so many failures within five minutes on, a node is taken only when there is no other. */
export const failuresThatRepel = 5;

/** A silent node may be on its way out: among equals it comes last. */
const suspicion = (node: NodeView): number => (node.state === 'suspect' ? 1 : 0);

/** `usedContainers` counts running ones and those being placed, of all services. */
const emptiest = (node: NodeView): NodeScore => [node.usedContainers, suspicion(node)];

const spread = (node: NodeView): NodeScore => [
  node.recentFailures >= failuresThatRepel ? 1 : 0,
  node.serviceContainers,
  node.usedContainers,
  suspicion(node),
];

/** Every-node never has a choice, so any order does. */
export const nodeScorers: Record<Placement['strategy'], (node: NodeView) => NodeScore> = {
  'emptiest-node': emptiest,
  'high-availability': spread,
  'every-node': emptiest,
};

/** Negative when `a` is to be taken before `b`; equal scores fall back to name, then id, so that it is repeatable. */
export function compareNodes(score: (node: NodeView) => NodeScore, a: NodeView, b: NodeView): number {
  const left = score(a);
  const right = score(b);
  for (let i = 0; i < left.length; i += 1) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  if (a.id === b.id) return 0;
  return a.id < b.id ? -1 : 1;
}
