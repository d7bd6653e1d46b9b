import type { NodeDetails, NodeFilter } from '#libs/core/node/node.repository.port.js';
import { inheritedTags, type NodePatch } from '#libs/core/node/node.service.js';
import { nodeDomain } from '#libs/domain/discovery/docker-cloud.naming.js';
import { invalid } from '#libs/domain/error.js';
import { wireDateOrNull } from '../wire/date.translate.js';
import { Filters } from '../wire/filter.translate.js';
import { hostKindUris, readHostFilter, zoneUri } from '../provider/provider.translate.js';
import { readPage, type Query } from '../wire/page.translate.js';
import { readReference, resourceUri, uriOrNull } from '../wire/resource-uri.translate.js';
import { nodesIn, nodeStateNameList, nodeStateNames } from './node.states.js';
import type { NodeChanges } from './node.wire.js';

export const toNode = (node: NodeDetails, namespace: string, domain: string) => ({
  availability_zone: zoneOf(node),
  cpu: Math.floor(node.milliCpu / 1000),
  current_num_containers: node.containers,
  deployed_datetime: wireDateOrNull(node.createdAt),
  destroyed_datetime: wireDateOrNull(node.removedAt),
  disk: Math.floor(node.diskBytes / 1024 ** 3),
  docker_execdriver: node.engineKind ?? '',
  docker_graphdriver: node.labels['graphdriver'] ?? '',
  docker_version: node.engineVersion ?? '',
  external_fqdn: nodeDomain(node.id, domain),
  last_seen: wireDateOrNull(node.lastSeenAt),
  memory: Math.floor(node.memoryBytes / 1024 ** 2),
  nickname: node.name,
  node_cluster: uriOrNull('nodecluster', namespace, node.nodeClusterId),
  ...hostKindUris(node.claimable ? hostKind(node.labels) : null),
  public_ip: node.address,
  resource_uri: resourceUri('node', namespace, node.id),
  state: nodeStateNames[node.state],
  tags: [...new Set([...node.tags, ...inheritedTags(node)])].map((name) => ({ name })),
  tunnel: null,
  uuid: node.id,
});

function zoneOf({ claimable, labels }: NodeDetails): string | null {
  const zone = labels['zone'];
  return claimable && zone !== undefined ? zoneUri(hostKind(labels).region, zone) : null;
}

/** What the pool tells its hosts apart by. */
const hostKind = (labels: Record<string, string>) => ({
  region: labels['region'] ?? 'default',
  nodeType: labels['type'] ?? 'default',
});

/** A cluster that the body names by its address as it is shown, or by its id. */
export function readNodeChanges(wire: NodeChanges): NodePatch {
  const cluster = wire.node_cluster;
  const id = cluster ? readReference('nodecluster', cluster) : null;
  if (cluster && !id) throw invalid('node_cluster', `node_cluster: "${cluster}" is not the address of a node cluster.`);
  return {
    ...(wire.nickname ? { name: wire.nickname } : {}),
    ...(wire.tags === undefined ? {} : { shownTags: wire.tags ?? [] }),
    ...(cluster === undefined ? {} : { nodeClusterId: id }),
  };
}

export function readNodeFilter(query: Query): NodeFilter {
  const filters = new Filters(query);
  const identity = filters.identity();
  const name = filters.text('nickname');
  const state = filters.oneOf('state', nodeStateNameList);
  const clusterId = filters.reference('node_cluster', 'nodecluster');
  const engineVersion = filters.text('docker_version');
  const hosts = readHostFilter(filters);
  filters.done();
  return {
    ...identity,
    ...hosts,
    ...(name === undefined ? {} : { name }),
    ...(state === undefined ? {} : { states: nodesIn(state) }),
    ...(clusterId === undefined ? {} : { clusterId }),
    ...(engineVersion === undefined ? {} : { engineVersion }),
    includeRemoved: name === undefined,
    ...readPage(query),
  };
}
