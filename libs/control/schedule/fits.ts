import { shareMountOf } from '#libs/domain/file-share/mount.js';
import type { DemandView, NodeView, ServiceView } from '../snapshot.js';

/** What is asked of a node: room for one more container of this service. */
export interface FitQuestion {
  service: ServiceView;
  demand: DemandView;
}

/** Why one node was refused, in a form that can be counted over nodes. */
export interface Misfit {
  /** Nodes with the same text are counted together. */
  key: string;
  /** `never`: it stays so as the cluster stands; `not-now`: it may pass by itself. */
  kind: 'never' | 'not-now';
  /** The clause for `count` nodes, without a full stop. */
  clause: (count: number) => string;
}

type Fits = (question: FitQuestion, node: NodeView) => Misfit | null;

const nodes = (count: number, one: string, many: string): string =>
  count === 1 ? `1 node ${one}` : `${count} nodes ${many}`;

const misfit = (kind: Misfit['kind'], key: string, one: string, many: string): Misfit => ({
  key,
  kind,
  clause: (count) => nodes(count, one, many),
});

/** A suspect node still takes containers: suspicion alone changes nothing. */
export const acceptsState = (node: NodeView): boolean => node.state === 'ready' || node.state === 'suspect';

export const carriesTags = (service: ServiceView, node: NodeView): boolean =>
  service.placement.tags.every((tag) => node.tags.includes(tag));

const tagsFit: Fits = ({ service }, node) => {
  const missing = service.placement.tags.find((tag) => !node.tags.includes(tag));
  if (missing === undefined) return null;
  return misfit('never', `tag ${missing}`, `lacks the tag "${missing}"`, `lack the tag "${missing}"`);
};

const colocationFits: Fits = ({ service }, node) => {
  const apart = service.colocateWith.find((other) => !other.nodeIds.includes(node.id));
  if (apart === undefined) return null;
  const name = apart.serviceName;
  return apart.nodeIds.length === 0
    ? misfit('not-now', `with ${name}`, `waits for "${name}" to be placed`, `wait for "${name}" to be placed`)
    : misfit('never', `with ${name}`, `has no container of "${name}"`, `have no container of "${name}"`);
};

const volumeFits: Fits = ({ demand }, node) => {
  const elsewhere = demand.pins.find((pin) => pin.nodeId !== node.id);
  if (elsewhere === undefined) return null;
  const name = `the local volume "${elsewhere.volume}"`;
  return misfit('never', `volume ${elsewhere.volume}`, `does not hold ${name}`, `do not hold ${name}`);
};

/** Whether the share is there at all is the same for every node; said last, as it passes by itself. */
const shareFits: Fits = ({ demand }, node) => {
  const far = demand.shares.find((each) => shareMountOf({ ...node, nodeId: node.id }, each).kind === null);
  if (far) {
    const name = `the file share "${far.share}"`;
    return misfit('never', `share ${far.share}`, `cannot mount ${name}`, `cannot mount ${name}`);
  }
  const away = demand.shares.find(({ state }) => state !== 'ready');
  if (away === undefined) return null;
  const what = `for the file share "${away.share}", which is ${away.state}`;
  return misfit('not-now', `share ${away.share} ${away.state}`, `waits ${what}`, `wait ${what}`);
};

const readyFits: Fits = (_question, node) =>
  acceptsState(node)
    ? null
    : misfit('not-now', `state ${node.state}`, stateClause(node.state, 'is'), stateClause(node.state, 'are'));

const stateClause = (state: NodeView['state'], be: 'is' | 'are'): string => {
  if (state === 'joining') return `${be} still joining`;
  if (state === 'unreachable') return `${be} not answering`;
  return `${be} ${state}`;
};

const schedulableFits: Fits = (_question, node) => {
  if (node.draining) return misfit('not-now', 'draining', 'is being drained', 'are being drained');
  return node.schedulable ? null : misfit('not-now', 'cordoned', 'is cordoned', 'are cordoned');
};

const networkFits: Fits = (_question, node) =>
  node.networkBehind
    ? misfit('not-now', 'network', 'is behind with its private networks', 'are behind with their private networks')
    : null;

const portFits: Fits = ({ demand }, node) => {
  const taken = demand.hostPorts.find((port) =>
    node.usedHostPorts.some((used) => used.hostPort === port.hostPort && used.protocol === port.protocol),
  );
  if (taken === undefined) return null;
  const port = taken.protocol === 'tcp' ? `port ${taken.hostPort}` : `port ${taken.hostPort}/${taken.protocol}`;
  return misfit('never', port, `has ${port} taken`, `have ${port} taken`);
};

const cpuFits: Fits = ({ demand }, node) => {
  if (demand.milliCpu > node.milliCpu) return misfit('never', 'cpu size', 'has too few CPUs', 'have too few CPUs');
  return node.usedMilliCpu + demand.milliCpu <= node.milliCpu
    ? null
    : misfit('not-now', 'cpu', 'has too little CPU free', 'have too little CPU free');
};

const memoryFits: Fits = ({ demand }, node) => {
  if (demand.memoryBytes > node.memoryBytes) {
    return misfit('never', 'memory size', 'has too little memory', 'have too little memory');
  }
  return node.usedMemoryBytes + demand.memoryBytes <= node.memoryBytes
    ? null
    : misfit('not-now', 'memory', 'has too little memory free', 'have too little memory free');
};

const countFits: Fits = (_question, node) =>
  node.usedContainers < node.maxContainers
    ? null
    : misfit('not-now', 'count', 'holds as many containers as it may', 'hold as many containers as they may');

/** Lasting reasons first: a node is counted under the first that speaks, and the tenant can act on those. */
const predicates: readonly Fits[] = [
  tagsFit,
  colocationFits,
  volumeFits,
  shareFits,
  readyFits,
  schedulableFits,
  networkFits,
  portFits,
  cpuFits,
  memoryFits,
  countFits,
];

/** Null when the node can take one more container, else the first reason against it. */
export function fits(question: FitQuestion, node: NodeView): Misfit | null {
  for (const predicate of predicates) {
    const reason = predicate(question, node);
    if (reason !== null) return reason;
  }
  return null;
}
