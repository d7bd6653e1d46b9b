import type { NodeState } from '#libs/domain/node/state.js';

/** A node with the storage role that the organization may use. */
export interface StorageNodeView {
  id: string;
  name: string;
  state: NodeState;
  schedulable: boolean;
  draining: boolean;
  /** What it offers to shares altogether; 0: it has not said. */
  storageBytes: number;
  /** Sizes of the shares that are on it, of all tenants. */
  usedBytes: number;
}

export type SharePlace = { nodeId: string } | { sentence: string };

const why = (node: StorageNodeView, sizeBytes: number): string | null => {
  if (node.state !== 'ready' && node.state !== 'suspect') return 'does not answer';
  if (node.draining || !node.schedulable) return 'takes nothing new at present';
  return node.storageBytes - node.usedBytes < sizeBytes ? 'has too little room' : null;
};

/** The node with the most room left, by name where several have; a sentence when none can take it. */
export function placeShare(sizeBytes: number, nodes: readonly StorageNodeView[]): SharePlace {
  if (nodes.length === 0) return { sentence: 'No node keeps file shares: none has the storage role.' };
  const free = ({ storageBytes, usedBytes }: StorageNodeView) => storageBytes - usedBytes;
  const [best] = nodes
    .filter((node) => why(node, sizeBytes) === null)
    .sort((a, b) => free(b) - free(a) || (a.name < b.name ? -1 : 1));
  if (best) return { nodeId: best.id };
  const counts = new Map<string, number>();
  for (const node of nodes) {
    const reason = why(node, sizeBytes) ?? '';
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  const clauses = [...counts].map(
    ([reason, count]) => `${count === 1 ? '1 node' : `${count} nodes`} ${plural(reason, count)}`,
  );
  return { sentence: `No node with the storage role can take the share: ${clauses.join(', ')}.` };
}

const plural = (reason: string, count: number): string =>
  count === 1
    ? reason
    : reason
        .replace(/^does /, 'do ')
        .replace(/^takes /, 'take ')
        .replace(/^has /, 'have ');
