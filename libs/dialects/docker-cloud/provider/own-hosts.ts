import type { Filters } from '../wire/filter.translate.js';

/**
 * The only provider there is: hosts that their owner brings. It has one region and one type of node, and no zones,
 * so that clients that ask for them before they make a cluster find something.
 */
const base = '/api/infra/v1';
export const providerUri = `${base}/provider/byon/`;
export const regionUri = `${base}/region/byon/byon/`;
export const nodeTypeUri = `${base}/nodetype/byon/byon/`;

export const provider = {
  available: true,
  label: 'Bring your own node',
  name: 'byon',
  regions: [regionUri],
  resource_uri: providerUri,
};

export const region = {
  availability_zones: [] as string[],
  available: true,
  label: 'Wherever the host is',
  name: 'byon',
  node_types: [nodeTypeUri],
  provider: providerUri,
  resource_uri: regionUri,
};

export const nodeType = {
  availability_zones: [] as string[],
  available: true,
  label: 'Whatever the host has',
  name: 'byon',
  provider: providerUri,
  regions: [regionUri],
  resource_uri: nodeTypeUri,
};

/** Takes the filters `region` and `node_type` of a list of nodes or clusters; false when they name any other. */
export function areOwnHosts(filters: Filters): boolean {
  return matches(filters.text('region'), regionUri) && matches(filters.text('node_type'), nodeTypeUri);
}

/** An address with or without its last slash; nothing matches everything. */
export const matches = (wanted: string | undefined, uri: string): boolean =>
  wanted === undefined || (wanted.endsWith('/') ? wanted : `${wanted}/`) === uri;
