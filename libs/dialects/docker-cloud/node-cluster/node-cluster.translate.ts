import {
  automaticTagsOf,
  type NodeClusterDetails,
  type NodeClusterFilter,
  type NodeClusterPatch,
} from '#libs/core/node/node-cluster.service.js';
import type { HostKind } from '#libs/core/node/node.repository.port.js';
import type { NodeClusterState } from '#libs/domain/node/cluster-state.js';
import { DomainError } from '#libs/domain/error.js';
import { hostKindUris, isOwn, isPool, readHostFilter, readKind } from '../provider/provider.translate.js';
import { wireDateOrNull } from '../wire/date.translate.js';
import { Filters } from '../wire/filter.translate.js';
import { readPage, type Query } from '../wire/page.translate.js';
import { resourceUri } from '../wire/resource-uri.translate.js';
import { nodeClusterStateNames } from './node-cluster.states.js';
import type { NodeClusterChanges, NodeClusterCreation } from './node-cluster.wire.js';

/** A cluster of brought hosts wants what it has: nodes come by joining and go by leaving. */
export const toNodeCluster = (cluster: NodeClusterDetails, namespace: string) => ({
  current_num_nodes: cluster.nodes.length,
  deployed_datetime: wireDateOrNull(cluster.targetNodes === null ? cluster.createdAt : cluster.deployedAt),
  destroyed_datetime: wireDateOrNull(cluster.removedAt),
  disk: 0,
  name: cluster.name,
  nickname: cluster.displayName ?? cluster.name,
  nodes: cluster.nodes.map(({ id }) => resourceUri('node', namespace, id)),
  provider_options: {},
  ...hostKindUris(cluster.pool),
  resource_uri: resourceUri('nodecluster', namespace, cluster.id),
  state: nodeClusterStateNames[cluster.state],
  tags: [...new Set([...cluster.tags, ...automaticTagsOf(cluster)])].map((name) => ({ name })),
  target_num_nodes: cluster.targetNodes ?? cluster.nodes.length,
  uuid: cluster.id,
});

/** Without a region and a type, or with those of `byon`, of brought hosts; the API's default is one host otherwise. */
export function readNodeClusterCreation(wire: NodeClusterCreation): {
  name: string;
  displayName: string | null;
  tags: string[];
  pool?: HostKind & { targetNodes: number };
} {
  const [region, nodeType] = [wire.region, wire.node_type].map((text) => (text ? readKind(text) : undefined));
  const common = { name: wire.name, displayName: wire.nickname || null, tags: wire.tags ?? [] };
  const kinds = Object.entries({ region, node_type: nodeType }).filter(([, kind]) => kind !== undefined);
  for (const [field, kind] of kinds) {
    if (kind && (isOwn(kind) || isPool(kind))) continue;
    throw new DomainError(
      'unsupported',
      `${field}: no cloud provider is set up here; clusters are of hosts that you bring (byon) or of this platform’s (pool).`,
      { field },
    );
  }
  if (region && nodeType && isPool(region) && isPool(nodeType)) {
    const kind = { region: region.name, nodeType: nodeType.name };
    return { ...common, pool: { ...kind, targetNodes: wire.target_num_nodes ?? 1 } };
  }
  if (kinds.some(([, kind]) => kind && isPool(kind))) {
    const field = region && isPool(region) ? 'node_type' : 'region';
    throw new DomainError('invalid', `${field}: a cluster of this platform’s hosts needs a region and a node type.`, {
      field,
    });
  }
  if (wire.target_num_nodes) {
    const sentence =
      'target_num_nodes: a cluster of hosts that you bring grows when a host joins it and shrinks when one leaves.';
    throw new DomainError('unsupported', sentence, { field: 'target_num_nodes' });
  }
  return common;
}

export const readNodeClusterChanges = (wire: NodeClusterChanges): NodeClusterPatch => ({
  ...(wire.nickname === undefined ? {} : { displayName: wire.nickname || null }),
  ...(wire.tags === undefined ? {} : { shownTags: wire.tags ?? [] }),
  ...(wire.target_num_nodes === undefined || wire.target_num_nodes === null
    ? {}
    : { targetNodes: wire.target_num_nodes }),
});

export function readNodeClusterFilter(query: Query): NodeClusterFilter {
  const filters = new Filters(query);
  const identity = filters.identity();
  const name = filters.text('name');
  const state = filters.oneOf('state', Object.values(nodeClusterStateNames));
  const hosts = readHostFilter(filters);
  filters.done();
  const states = (Object.keys(nodeClusterStateNames) as NodeClusterState[]).filter(
    (each) => nodeClusterStateNames[each] === state,
  );
  return {
    ...identity,
    ...hosts,
    ...(name === undefined ? {} : { name }),
    ...(state === undefined ? {} : { states }),
    includeRemoved: name === undefined || state === 'Terminated',
    ...readPage(query),
  };
}
