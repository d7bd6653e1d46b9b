import type { DemandView, NodeView, PlannedCreate, Refusal, RevisionView, ServiceView } from '../snapshot.js';
import { fits, type Misfit } from './fits.js';
import { compareNodes, nodeScorers } from './node.scorer.js';
import { explainRefusal } from './refusal.js';

/** A slot that needs a container. */
export interface Wish {
  ordinal: number;
  /** The only node it may go to (every-node); null leaves the choice to the strategy. */
  nodeId: string | null;
}

export interface Placing {
  placed: PlannedCreate[];
  refusals: Refusal[];
  /** The nodes with what was placed counted in, in the order given. */
  nodes: NodeView[];
}

/** What the container of one instance asks for. */
export function demandOfInstance(revision: RevisionView, ordinal: number): DemandView {
  const { demand, instances } = revision;
  const own = instances.get(ordinal);
  if (own === undefined) return demand;
  return { ...demand, pins: [...demand.pins, ...own.pins], claims: [...demand.claims, ...own.claims] };
}

/** Nothing but the revision decides where it may go: what holds for one such wish holds for all. */
export const isFree = (revision: RevisionView, wish: Wish): boolean =>
  wish.nodeId === null && !revision.instances.has(wish.ordinal);

/** Changes what a node is taken to hold by one container of this demand: `by` is 1 or -1. */
export function withLoad(node: NodeView, demand: DemandView, by: 1 | -1): NodeView {
  const held = (port: { hostPort: number; protocol: string }): boolean =>
    demand.hostPorts.some((asked) => asked.hostPort === port.hostPort && asked.protocol === port.protocol);
  return {
    ...node,
    usedMilliCpu: node.usedMilliCpu + by * demand.milliCpu,
    usedMemoryBytes: node.usedMemoryBytes + by * demand.memoryBytes,
    usedContainers: node.usedContainers + by,
    serviceContainers: node.serviceContainers + by,
    usedHostPorts:
      by === 1 ? [...node.usedHostPorts, ...demand.hostPorts] : node.usedHostPorts.filter((port) => !held(port)),
  };
}

/**
 * Places one after another against running totals, so that no node is given more than it has room for. Nothing
 * that runs is ever moved. The same question always gets the same answer.
 */
export function placeContainers(
  service: ServiceView,
  revision: RevisionView,
  wishes: readonly Wish[],
  nodes: readonly NodeView[],
  deploymentId: string | null = null,
): Placing {
  const totals = [...nodes];
  const placed: PlannedCreate[] = [];
  const refusals: Refusal[] = [];
  const score = nodeScorers[service.placement.strategy];
  // Room only shrinks within one call, so a free choice that failed once fails again for the same reasons.
  let refusedBefore: Refusal | null = null;

  for (const wish of wishes) {
    const free = isFree(revision, wish);
    if (free && refusedBefore !== null) {
      refusals.push({ ...refusedBefore, ordinal: wish.ordinal });
      continue;
    }
    const question = { service, demand: demandOfInstance(revision, wish.ordinal) };
    const misfits: Misfit[] = [];
    let best = -1;
    totals.forEach((node, index) => {
      if (wish.nodeId !== null && node.id !== wish.nodeId) return;
      const misfit = fits(question, node);
      if (misfit !== null) misfits.push(misfit);
      else if (best < 0 || compareNodes(score, node, totals[best] as NodeView) < 0) best = index;
    });
    const chosen = totals[best];
    if (chosen === undefined) {
      const refusal = explainRefusal(wish.ordinal, misfits);
      refusals.push(refusal);
      if (free) refusedBefore = refusal;
      continue;
    }
    totals[best] = withLoad(chosen, revision.demand, 1);
    placed.push({ ordinal: wish.ordinal, revision: revision.number, nodeId: chosen.id, deploymentId });
  }
  return { placed, refusals, nodes: totals };
}
