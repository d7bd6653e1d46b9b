import { isId } from '#libs/domain/id.js';

/** What has an address here, and the part of the API it is in. Actions are never in a namespace. */
const subsystems = {
  stack: 'app',
  service: 'app',
  container: 'app',
  node: 'infra',
  nodecluster: 'infra',
  action: 'audit',
} as const;
export type WireResource = keyof typeof subsystems;
export const wireResources = Object.keys(subsystems) as WireResource[];

/** The address of a resource, as a path; it answers a GET. */
export function resourceUri(resource: WireResource, namespace: string, id: string): string {
  return resource === 'action'
    ? `/api/audit/v1/action/${id}/`
    : `/api/${subsystems[resource]}/v1/${namespace}/${resource}/${id}/`;
}

export const uriOrNull = (resource: WireResource, namespace: string, id: string | null): string | null =>
  id === null ? null : resourceUri(resource, namespace, id);

export interface ResourceReference {
  resource: WireResource;
  id: string;
}

const pattern = /^(?:https?:\/\/[^/]+)?\/?api\/(?:app|infra|audit)\/v1\/(?:[^/]+\/)?([a-z]+)\/([0-9A-Fa-f-]{36})\/?$/;

/** Reads an address, absolute or not, with a namespace or without. Null for anything else. */
export function readResourceUri(text: string): ResourceReference | null {
  const match = pattern.exec(text.replace(/(?<!:)\/{2,}/g, '/'));
  const resource = wireResources.find((each) => each === match?.[1]);
  const id = match?.[2]?.toLowerCase() ?? '';
  return resource && isId(id) ? { resource, id } : null;
}

/** A filter or a link that names a resource of one kind: by its address or by its bare id. */
export function readReference(resource: WireResource, text: string): string | null {
  if (isId(text.toLowerCase())) return text.toLowerCase();
  const reference = readResourceUri(text);
  return reference?.resource === resource ? reference.id : null;
}
