import type { ContainerView, DeploymentView, NodeView, ServiceView } from '../snapshot.js';
import { acceptsState, carriesTags } from '../schedule/fits.js';
import { isKept, lives } from './container-facts.js';

/** What slots are made from. */
export interface SlotSource {
  readonly service: ServiceView;
  readonly containers: readonly ContainerView[];
  readonly nodes: readonly NodeView[];
  /** The deployment that moves containers on, if any. */
  readonly active: DeploymentView | null;
  node(id: string): NodeView | null;
}

/** One place of the service that is to be filled. */
export interface Slot {
  ordinal: number;
  /** The node it stands for (every-node), else null. */
  nodeId: string | null;
  /** Containers that are not to be removed, newest first. */
  kept: ContainerView[];
  /** Containers on their way out that still live. */
  leaving: ContainerView[];
  /** Containers of this slot that were counted as failed, removed ones too. */
  failed: ContainerView[];
  /** The autodestroyed container that did this slot's work, when there is nothing more to do. */
  finished: ContainerView | null;
}

export interface SlotMap {
  wanted: Slot[];
  /** Containers to keep no longer: beyond the wanted number, or on a node that no longer matches. */
  excess: ContainerView[];
  /** Every-node: a node that is lost may come back with its container, which is left alone meanwhile. */
  dormant: ContainerView[];
}

const newestFirst = (a: ContainerView, b: ContainerView): number =>
  b.createdAt.getTime() - a.createdAt.getTime() || (a.id < b.id ? -1 : 1);

function slotOf(source: SlotSource, ordinal: number, nodeId: string | null, group: readonly ContainerView[]): Slot {
  const byAge = [...group].sort(newestFirst);
  const kept = byAge.filter(isKept);
  const newest = byAge[0];
  return {
    ordinal,
    nodeId,
    kept,
    leaving: byAge.filter((container) => !isKept(container) && lives(container)),
    failed: byAge.filter((container) => container.failedAt !== null),
    finished: kept.length === 0 && newest?.autodestroyed === true && !begunAnew(source, newest) ? newest : null,
  };
}

/** A new start, redeploy or creation fills the slots again whose work was done before it. */
function begunAnew(source: SlotSource, finished: ContainerView): boolean {
  const deployment = source.active;
  if (deployment === null || deployment.kind === 'scale') return false;
  if (deployment.state === 'rolling-back' && finished.revision !== deployment.fromRevision) return true;
  return finished.deploymentId !== deployment.id;
}

function groupBy<K>(containers: readonly ContainerView[], key: (container: ContainerView) => K) {
  const groups = new Map<K, ContainerView[]>();
  for (const container of containers) {
    const group = groups.get(key(container));
    if (group) group.push(container);
    else groups.set(key(container), [container]);
  }
  return groups;
}

export function buildSlots(source: SlotSource): SlotMap {
  return source.service.placement.strategy === 'every-node' ? slotsPerNode(source) : slotsByOrdinal(source);
}

/**
 * Occupied slots stay, the highest go first. Missing ones are taken from those that are just being emptied, the
 * deployment's own attempts first, then from the lowest free numbers.
 */
function slotsByOrdinal(source: SlotSource): SlotMap {
  const groups = groupBy(source.containers, (container) => container.ordinal);
  const all = [...groups].map(([ordinal, group]) => slotOf(source, ordinal, null, group));
  all.sort((a, b) => a.ordinal - b.ordinal);
  const occupied = all.filter((slot) => slot.kept.length > 0 || slot.finished !== null);
  const wanted = occupied.slice(0, source.service.replicas);
  const excess = occupied.slice(source.service.replicas).flatMap((slot) => slot.kept);

  const taken = new Set(occupied.map((slot) => slot.ordinal));
  const own = (slot: Slot): number => (slot.leaving.some((one) => isOf(source.active, one)) ? 0 : 1);
  const emptying = all.filter((slot) => !taken.has(slot.ordinal) && slot.leaving.length > 0);
  for (const slot of emptying.sort((a, b) => own(a) - own(b) || a.ordinal - b.ordinal)) {
    if (wanted.length >= source.service.replicas) break;
    taken.add(slot.ordinal);
    wanted.push(slot);
  }
  for (let ordinal = 1; wanted.length < source.service.replicas; ordinal += 1) {
    if (taken.has(ordinal)) continue;
    wanted.push(slotOf(source, ordinal, null, groups.get(ordinal) ?? []));
  }
  wanted.sort((a, b) => a.ordinal - b.ordinal);
  return { wanted, excess, dormant: [] };
}

type NodeRole = 'fill' | 'hold' | 'sleep' | 'leave';

/** What a node means to an every-node service. */
function roleOf(service: ServiceView, node: NodeView | null): NodeRole {
  if (node === null || node.state === 'removed' || node.draining || !carriesTags(service, node)) return 'leave';
  if (node.state === 'lost') return 'sleep';
  return acceptsState(node) && node.schedulable ? 'fill' : 'hold';
}

const isOf = (deployment: DeploymentView | null, container: ContainerView): boolean =>
  deployment !== null && container.deploymentId === deployment.id;

function slotsPerNode(source: SlotSource): SlotMap {
  const groups = groupBy(source.containers, (container) => container.nodeId);
  const map: SlotMap = { wanted: [], excess: [], dormant: [] };
  const used = new Set(source.containers.filter((c) => isKept(c) || lives(c)).map((c) => c.ordinal));
  let next = 1;
  const freeOrdinal = (): number => {
    while (used.has(next)) next += 1;
    used.add(next);
    return next;
  };
  for (const [nodeId, group] of groups) {
    const role = roleOf(source.service, source.node(nodeId));
    if (role === 'leave') map.excess.push(...group.filter(isKept));
    else if (role === 'sleep') map.dormant.push(...group.filter(isKept));
  }
  const byName = [...source.nodes].sort((a, b) =>
    a.name === b.name ? (a.id < b.id ? -1 : 1) : a.name < b.name ? -1 : 1,
  );
  for (const node of byName) {
    const group = groups.get(node.id) ?? [];
    const role = roleOf(source.service, node);
    // What the deployment put there and saw fail is not forgotten because the node takes nothing new.
    const occupied = group.some((one) => isKept(one) || (one.failedAt !== null && isOf(source.active, one)));
    if (role !== 'fill' && !(role === 'hold' && occupied)) continue;
    const known = [...group].sort(newestFirst).find((container) => isKept(container) || lives(container));
    map.wanted.push(slotOf(source, known?.ordinal ?? freeOrdinal(), node.id, group));
  }
  map.wanted.sort((a, b) => a.ordinal - b.ordinal);
  return map;
}
