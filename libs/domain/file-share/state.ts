import type { NodeState } from '../node/state.js';

/**
 * `creating`: its node has not made it yet · `ready` · `unreachable`: its node is not there at present, or is bringing
 * it back · `failed`: see its message; it may yet come back · `deleting`: its node has still to remove it.
 */
export const fileShareStates = ['creating', 'ready', 'unreachable', 'failed', 'deleting'] as const;
export type FileShareState = (typeof fileShareStates)[number];

/** What its node last said of it. */
export const observedShareStates = ['pending', 'ready', 'failed', 'removed'] as const;
export type ObservedShareState = (typeof observedShareStates)[number];

export interface ShareScene {
  /** Its user deleted it. */
  removed: boolean;
  observed: ObservedShareState;
  observedMessage: string | null;
  /** It was ready before, so that there may be data on it. */
  made: boolean;
  /** Null when the node was removed from the platform. */
  nodeState: NodeState | null;
}

export interface ShareVerdict {
  state: FileShareState;
  message: string | null;
  /** Nothing is left of it. */
  gone: boolean;
}

/** What a share is, of what was asked, what its node said and how that node is. */
export function judgeShare({ removed, observed, observedMessage, made, nodeState }: ShareScene): ShareVerdict {
  const nodeGone = nodeState === null || nodeState === 'removed';
  if (removed) return { state: 'deleting', message: observedMessage, gone: nodeGone || observed === 'removed' };
  const stays = (state: FileShareState, message: string | null): ShareVerdict => ({ state, message, gone: false });
  if (nodeGone) return stays('failed', 'Its node was removed from the platform, and its data with it.');
  if (nodeState === 'unreachable' || nodeState === 'lost') return stays('unreachable', 'Its node does not answer.');
  if (observed === 'failed') return stays('failed', observedMessage ?? 'Its node could not make it.');
  if (observed === 'ready') return stays('ready', null);
  return stays(made ? 'unreachable' : 'creating', observedMessage ?? (made ? 'Its node is bringing it back.' : null));
}
