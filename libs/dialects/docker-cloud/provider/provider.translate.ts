import type { HostKind, HostOffer } from '#libs/core/node/node.repository.port.js';
import type { Filters } from '../wire/filter.translate.js';

/**
 * Two providers: `byon`, hosts that their owner brings, with one region and one type of node so that clients that
 * ask for them before they make a cluster find something; and `pool`, hosts that the operator keeps, in the regions,
 * zones and types that those are labelled with.
 */
const base = '/api/infra/v1';
const byon = 'byon';
const pool = 'pool';
const providerUri = (name: string) => `${base}/provider/${name}/`;
const regionUri = (provider: string, name: string) => `${base}/region/${provider}/${name}/`;
const nodeTypeUri = (provider: string, name: string) => `${base}/nodetype/${provider}/${name}/`;
export const zoneUri = (region: string, zone: string) => `${base}/az/${pool}/${region}/${zone}/`;

const unique = (names: string[]) => [...new Set(names)];
const zonesOf = (offers: HostOffer[]) =>
  unique(offers.flatMap(({ region, zone }) => (zone === null ? [] : [zoneUri(region, zone)])));
const anyFree = (offers: HostOffer[]) => offers.some(({ free }) => free > 0);

export const providers = (offers: HostOffer[]) => [
  {
    available: true,
    label: 'Bring your own node',
    name: byon,
    regions: [regionUri(byon, byon)],
    resource_uri: providerUri(byon),
  },
  ...(offers.length === 0
    ? []
    : [
        {
          available: anyFree(offers),
          label: 'Hosts of this platform',
          name: pool,
          regions: unique(offers.map(({ region }) => regionUri(pool, region))),
          resource_uri: providerUri(pool),
        },
      ]),
];

export const regions = (offers: HostOffer[]) => [
  {
    availability_zones: [] as string[],
    available: true,
    label: 'Wherever the host is',
    name: byon,
    node_types: [nodeTypeUri(byon, byon)],
    provider: providerUri(byon),
    resource_uri: regionUri(byon, byon),
  },
  ...unique(offers.map(({ region }) => region)).map((name) => {
    const here = offers.filter(({ region }) => region === name);
    return {
      availability_zones: zonesOf(here),
      available: anyFree(here),
      label: name,
      name,
      node_types: unique(here.map(({ nodeType }) => nodeTypeUri(pool, nodeType))),
      provider: providerUri(pool),
      resource_uri: regionUri(pool, name),
    };
  }),
];

export const nodeTypes = (offers: HostOffer[]) => [
  {
    availability_zones: [] as string[],
    available: true,
    label: 'Whatever the host has',
    name: byon,
    provider: providerUri(byon),
    regions: [regionUri(byon, byon)],
    resource_uri: nodeTypeUri(byon, byon),
  },
  ...unique(offers.map(({ nodeType }) => nodeType)).map((name) => {
    const such = offers.filter(({ nodeType }) => nodeType === name);
    return {
      availability_zones: zonesOf(such),
      available: anyFree(such),
      label: name,
      name,
      provider: providerUri(pool),
      regions: unique(such.map(({ region }) => regionUri(pool, region))),
      resource_uri: nodeTypeUri(pool, name),
    };
  }),
];

export const zones = (offers: HostOffer[]) =>
  unique(zonesOf(offers)).map((uri) => {
    const there = offers.filter(({ region, zone }) => zone !== null && zoneUri(region, zone) === uri);
    const [{ region, zone } = { region: '', zone: '' }] = there;
    return { available: anyFree(there), name: zone ?? '', region: regionUri(pool, region), resource_uri: uri };
  });

/** Region and type of a node or a cluster; null: brought by its owner. */
export const hostKindUris = (kind: HostKind | null): { region: string; node_type: string } =>
  kind
    ? { region: regionUri(pool, kind.region), node_type: nodeTypeUri(pool, kind.nodeType) }
    : { region: regionUri(byon, byon), node_type: nodeTypeUri(byon, byon) };

/** An address with or without its last slash; nothing matches everything. */
export const matches = (wanted: string | undefined, uris: string | string[]): boolean =>
  wanted === undefined || [uris].flat().includes(wanted.endsWith('/') ? wanted : `${wanted}/`);

/** `provider/name`, as addresses of regions and node types end; a name alone is of no provider. */
export function readKind(text: string): { provider: string; name: string } {
  const [name = '', provider = ''] = text.split('/').filter(Boolean).reverse();
  return { provider: name === byon && provider !== byon ? byon : provider, name };
}

export const isOwn = ({ provider }: { provider: string }): boolean => provider === byon;
export const isPool = ({ provider }: { provider: string }): boolean => provider === pool;

/** Takes the filters `region` and `node_type` of a list of nodes or clusters. */
export function readHostFilter(filters: Filters): {
  ids?: string[];
  claimable?: boolean;
  region?: string;
  nodeType?: string;
} {
  const [region, nodeType] = [filters.text('region'), filters.text('node_type')].map((text) =>
    text === undefined ? undefined : readKind(text),
  );
  const given = [region, nodeType].filter((kind) => kind !== undefined);
  if (given.length === 0) return {};
  if (given.every(isOwn)) return given.every(({ name }) => name === byon) ? { claimable: false } : { ids: [] };
  if (!given.every(isPool)) return { ids: [] };
  return {
    claimable: true,
    ...(region ? { region: region.name } : {}),
    ...(nodeType ? { nodeType: nodeType.name } : {}),
  };
}
