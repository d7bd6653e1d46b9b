import { fits } from '../schedule/fits.js';
import { withLoad } from '../schedule/place-containers.js';
import type { DemandView, NodeView, ServiceView } from '../snapshot.js';

/** A container of a service, as it might be moved. */
export interface BalancedContainer {
  id: string;
  name: string;
  nodeId: string;
  demand: DemandView;
  /** Why it is not moved, as a sentence; null when it may be. */
  stays: string | null;
}

export interface BalancedService {
  service: ServiceView;
  /** All that live, moved or not: they count for the spread of a service that wants one. */
  containers: BalancedContainer[];
}

export interface RebalanceSnapshot {
  /** `usedContainers` counts those of all tenants. Containers are only moved from and to these. */
  nodes: NodeView[];
  services: BalancedService[];
}

export interface PlannedMove {
  containerId: string;
  serviceId: string;
  fromNodeId: string;
  toNodeId: string;
  /** A sentence for who reads the plan. */
  reason: string;
}

/** Containers on the nodes with the fewest and the most, before a plan and after. */
export interface Spread {
  fewest: number;
  most: number;
}

export interface RebalancePlan {
  moves: PlannedMove[];
  before: Spread;
  after: Spread;
}

interface Totals {
  /** What stands on a node at worst, while what leaves it has not ended yet: new room is never counted on. */
  nodes: Map<string, NodeView>;
  /** Containers per node when all is done. */
  held: Map<string, number>;
  /** The same of one service, by its id. */
  ofService: Map<string, Map<string, number>>;
}

interface Candidate {
  move: PlannedMove;
  container: BalancedContainer;
  /** By how much the node it leaves holds more than the one it goes to; of all, and of its service. */
  gain: readonly [all: number, ofService: number];
}

/**
 * Moves, one after the other, whatever evens the nodes out most, at most `budget` of them. A move never makes the
 * spread of all containers or of a service that wants to be spread worse, and makes at least one of them better: so
 * plans end, and the plan of what was planned is empty. Nothing is moved to where it has no room beside what is there.
 */
export function planRebalance(snapshot: RebalanceSnapshot, budget: number): RebalancePlan {
  const totals = totalsOf(snapshot);
  const before = spreadOf(totals);
  const moves: PlannedMove[] = [];
  const moved = new Set<string>();
  while (moves.length < budget) {
    const best = bestMove(snapshot, totals, moved);
    if (best === null) break;
    moves.push(best.move);
    moved.add(best.container.id);
    apply(totals, best);
  }
  return { moves, before, after: spreadOf(totals) };
}

const count = (counts: ReadonlyMap<string, number> | undefined, key: string): number => counts?.get(key) ?? 0;

function totalsOf({ nodes, services }: RebalanceSnapshot): Totals {
  const ofService = new Map<string, Map<string, number>>();
  for (const { service, containers } of services) {
    const counts = new Map<string, number>();
    for (const { nodeId } of containers) counts.set(nodeId, count(counts, nodeId) + 1);
    ofService.set(service.id, counts);
  }
  return {
    nodes: new Map(nodes.map((node) => [node.id, node])),
    held: new Map(nodes.map((node) => [node.id, node.usedContainers])),
    ofService,
  };
}

/** Of the nodes that could take part: one that is emptied or silent has no say in how even the others are. */
function spreadOf({ nodes, held }: Totals): Spread {
  const counts = [...nodes.values()].filter(takesPart).map((node) => count(held, node.id));
  return counts.length === 0 ? { fewest: 0, most: 0 } : { fewest: Math.min(...counts), most: Math.max(...counts) };
}

const takesPart = (node: NodeView): boolean => node.state === 'ready' && node.schedulable && !node.draining;

function bestMove(snapshot: RebalanceSnapshot, totals: Totals, moved: ReadonlySet<string>): Candidate | null {
  let best: Candidate | null = null;
  for (const { service, containers } of snapshot.services) {
    for (const container of containers) {
      if (container.stays !== null || moved.has(container.id)) continue;
      for (const candidate of candidatesOf(service, container, totals)) {
        if (best === null || compare(candidate, best) < 0) best = candidate;
      }
    }
  }
  return best;
}

function* candidatesOf(service: ServiceView, container: BalancedContainer, totals: Totals): Generator<Candidate> {
  const from = totals.nodes.get(container.nodeId);
  if (from === undefined || from.state !== 'ready' || from.draining) return;
  const ofService = totals.ofService.get(service.id);
  const spreads = service.placement.strategy === 'high-availability';
  for (const node of totals.nodes.values()) {
    if (node.id === from.id || node.state !== 'ready') continue;
    const all = count(totals.held, from.id) - count(totals.held, node.id);
    const own = count(ofService, from.id) - count(ofService, node.id);
    // A difference of one stays a difference of one; less would turn it round.
    const evens = spreads ? all >= 1 && own >= 1 && (all >= 2 || own >= 2) : all >= 2;
    if (!evens || fits({ service, demand: container.demand }, node) !== null) continue;
    const reason = reasonFor(container.name, from, node, totals, spreads && own >= 2 ? service.name : null);
    const move = { containerId: container.id, serviceId: service.id, fromNodeId: from.id, toNodeId: node.id, reason };
    yield { move, container, gain: [all, spreads ? own : 0] };
  }
}

function reasonFor(name: string, from: NodeView, to: NodeView, { held }: Totals, service: string | null): string {
  const counts = `"${from.name}" holds ${count(held, from.id)} containers and "${to.name}" ${count(held, to.id)}`;
  const spread = service === null ? '' : `; "${service}" wants its containers apart`;
  return `Container "${name}" goes from "${from.name}" to "${to.name}": ${counts}${spread}.`;
}

/** The greatest gain first; equal ones by name and id, so that the same question gets the same answer. */
function compare(a: Candidate, b: Candidate): number {
  const gain = b.gain[0] - a.gain[0] || b.gain[1] - a.gain[1];
  if (gain !== 0) return gain;
  const left = [a.container.name, a.container.id, a.move.toNodeId];
  const right = [b.container.name, b.container.id, b.move.toNodeId];
  const at = left.findIndex((text, i) => text !== right[i]);
  return at < 0 ? 0 : (left[at] ?? '') < (right[at] ?? '') ? -1 : 1;
}

function apply(totals: Totals, { move, container }: Candidate): void {
  const { fromNodeId, toNodeId, serviceId } = move;
  const target = totals.nodes.get(toNodeId);
  if (target) totals.nodes.set(toNodeId, withLoad(target, container.demand, 1));
  const add = (counts: Map<string, number> | undefined, key: string, by: number) =>
    counts?.set(key, count(counts, key) + by);
  for (const counts of [totals.held, totals.ofService.get(serviceId)]) {
    add(counts, fromNodeId, -1);
    add(counts, toNodeId, 1);
  }
}
