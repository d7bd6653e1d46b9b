import type { NodeState } from '#libs/domain/node/state.js';

export interface NodeTimers {
  suspectAfterMs: number;
  unreachableAfterMs: number;
  lostAfterMs: number;
}

export interface NodeSign {
  id: string;
  name: string;
  state: NodeState;
  /** Null until its agent has been heard for the first time. */
  lastSeenAt: Date | null;
}

export interface NodeSnapshot {
  now: Date;
  timers: NodeTimers;
  nodes: readonly NodeSign[];
  /** Since when the control plane has been able to hear agents: silence before that is its own. */
  watchingSince: Date;
}

export interface NodePlan {
  change: { nodeId: string; state: NodeState; reason: string }[];
  /** For the operator, when so many nodes are silent at once that none of them is given up; else null. */
  brake: string | null;
  /** When the next timer of a node runs out; null when none is running. */
  lookAgainAt: Date | null;
}

/** With more than this share of the nodes silent at once, the fault is more likely here than there. */
export const brakeShare = 0.55;

/** How long nothing has been heard of a node, counted from when it could have been heard. */
export const silenceMs = (lastSeenAt: Date, watchingSince: Date, now: Date): number =>
  Math.max(0, now.getTime() - Math.max(lastSeenAt.getTime(), watchingSince.getTime()));

export function nodeStateFor(silence: number, timers: NodeTimers): NodeState {
  if (silence >= timers.lostAfterMs) return 'lost';
  if (silence >= timers.unreachableAfterMs) return 'unreachable';
  return silence >= timers.suspectAfterMs ? 'suspect' : 'ready';
}

const bySilence: readonly NodeState[] = ['ready', 'suspect', 'unreachable', 'lost'];
const gravity = (state: NodeState): number => bySilence.indexOf(state);

/**
 * Names every node's state from its silence. A node that was never heard keeps joining, a removed one stays removed,
 * and a lost one stays lost until it is heard again.
 *
 * The brake: among the nodes not lost yet, when more than 55 % are unreachable at once, none becomes lost; they stay
 * unreachable until some answer or an operator removes those that are gone. It holds for any number of nodes. One
 * silent node alone is thus never lost, as its containers had nowhere to go; of two nodes one may be lost.
 */
export function decideNodes({ now, timers, nodes, watchingSince }: NodeSnapshot): NodePlan {
  const plan: NodePlan = { change: [], brake: null, lookAgainAt: null };
  const heard = nodes.flatMap((node) => {
    if (node.lastSeenAt === null || node.state === 'removed') return [];
    const seen = Math.max(node.lastSeenAt.getTime(), watchingSince.getTime());
    const silence = silenceMs(node.lastSeenAt, watchingSince, now);
    // A control plane that has just begun to listen must not raise the dead, nor call those well that it never heard.
    const unheard = node.lastSeenAt < watchingSince;
    const state = nodeStateFor(silence, timers);
    const keeps = unheard ? gravity(node.state) > gravity(state) : node.state === 'lost' && state !== 'ready';
    return [{ node, seen, silence, state: keeps ? node.state : state }];
  });
  const candidates = heard.filter(({ node }) => node.state !== 'lost');
  const silent = candidates.filter(({ silence }) => silence >= timers.unreachableAfterMs);
  const braked = silent.length > brakeShare * candidates.length;
  if (braked && silent.some(({ state }) => state === 'lost')) {
    plan.brake =
      `${silent.length} of ${candidates.length} nodes do not answer at once, so none of them is taken for lost: ` +
      'check the network between the control plane and the nodes, or remove nodes that are gone for good.';
  }
  for (const { node, seen, silence, state } of heard) {
    const next = braked && state === 'lost' && node.state !== 'lost' ? 'unreachable' : state;
    if (next !== node.state) plan.change.push({ nodeId: node.id, state: next, reason: reasonFor(node, next, silence) });
    for (const timer of [timers.suspectAfterMs, timers.unreachableAfterMs, timers.lostAfterMs]) {
      const at = new Date(seen + timer);
      if (next !== 'lost' && at > now && (plan.lookAgainAt === null || at < plan.lookAgainAt)) plan.lookAgainAt = at;
    }
  }
  return plan;
}

function reasonFor(node: NodeSign, next: NodeState, silence: number): string {
  if (next === 'ready') return `Node "${node.name}" answers.`;
  return `Node "${node.name}" has not been heard for ${Math.floor(silence / 1000)} s.`;
}
