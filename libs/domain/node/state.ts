/**
 * A node's state as the control plane sees it. `suspect` changes nothing but is shown; `unreachable` takes no
 * new containers; `lost` gives its containers to other nodes. Each has a timer of its own.
 */
export const nodeStates = ['joining', 'ready', 'suspect', 'unreachable', 'lost', 'removed'] as const;
export type NodeState = (typeof nodeStates)[number];

export interface NodeCapacity {
  milliCpu: number;
  memoryBytes: number;
  diskBytes: number;
  maxContainers: number;
}
