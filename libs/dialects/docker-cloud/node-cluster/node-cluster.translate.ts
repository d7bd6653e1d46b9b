import type { NodeClusterDetails, NodeClusterFilter } from '#libs/core/node/node-cluster.service.js';
import { DomainError } from '#libs/domain/error.js';
import { wireDateOrNull } from '../wire/date.translate.js';
import { Filters } from '../wire/filter.translate.js';
import { areOwnHosts, nodeTypeUri, regionUri } from '../provider/own-hosts.js';
import { readPage, type Query } from '../wire/page.translate.js';
import { resourceUri } from '../wire/resource-uri.translate.js';
import type { NodeClusterChanges, NodeClusterCreation } from './node-cluster.wire.js';

/** A cluster of bring-your-own hosts wants what it has: nodes come by joining and go by leaving. */
export const toNodeCluster = (cluster: NodeClusterDetails, namespace: string) => ({
  current_num_nodes: cluster.nodeIds.length,
  deployed_datetime: wireDateOrNull(cluster.createdAt),
  destroyed_datetime: wireDateOrNull(cluster.removedAt),
  disk: 0,
  name: cluster.name,
  nickname: cluster.name,
  node_type: nodeTypeUri,
  nodes: cluster.nodeIds.map((id) => resourceUri('node', namespace, id)),
  provider_options: {},
  region: regionUri,
  resource_uri: resourceUri('nodecluster', namespace, cluster.id),
  state: cluster.removedAt ? 'Terminated' : cluster.nodeIds.length ? 'Deployed' : 'Empty cluster',
  tags: cluster.tags.map((name) => ({ name })),
  target_num_nodes: cluster.nodeIds.length,
  uuid: cluster.id,
});

const byon = /(?:^|\/)byon(?:\/|$)/;

export function readNodeClusterCreation(wire: NodeClusterCreation): { name: string; tags: string[] } {
  for (const [field, value] of [
    ['node_type', wire.node_type],
    ['region', wire.region],
  ] as const) {
    if (value && !byon.test(value)) {
      throw new DomainError(
        'unsupported',
        `${field}: no cloud provider is set up here; clusters are of hosts that you bring (byon).`,
        { field },
      );
    }
  }
  if (wire.target_num_nodes) refuseScaling();
  return { name: wire.name, tags: wire.tags ?? [] };
}

export function readNodeClusterChanges(
  wire: NodeClusterChanges,
  present: Pick<NodeClusterDetails, 'nodeIds'>,
): { name?: string; tags?: string[] } {
  const target = wire.target_num_nodes ?? present.nodeIds.length;
  if (target !== present.nodeIds.length) refuseScaling();
  return {
    ...(wire.nickname ? { name: wire.nickname } : {}),
    ...(wire.tags === undefined ? {} : { tags: wire.tags ?? [] }),
  };
}

function refuseScaling(): never {
  const sentence =
    'target_num_nodes: a cluster of hosts that you bring grows when a host joins it and shrinks when one leaves.';
  throw new DomainError('unsupported', sentence, { field: 'target_num_nodes' });
}

const states = [
  'Init',
  'Deploying',
  'Deployed',
  'Partly deployed',
  'Scaling',
  'Terminating',
  'Terminated',
  'Empty cluster',
] as const;

/** The core keeps no state of clusters; a filter by one is applied to what is shown, see the controller. */
export function readNodeClusterFilter(query: Query): { filter: NodeClusterFilter; state: string | undefined } {
  const filters = new Filters(query);
  const identity = filters.identity();
  const name = filters.text('name');
  const state = filters.oneOf('state', states);
  const own = areOwnHosts(filters);
  filters.done();
  const none = own ? {} : { ids: [] };
  return { filter: { ...identity, ...none, ...(name === undefined ? {} : { name }), ...readPage(query) }, state };
}
