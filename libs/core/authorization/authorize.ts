import { DomainError } from '#libs/domain/error.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { everyone, holdersOf, isReading, type ProtectedResource, type ProtectedVerb } from './table.js';

export type Asker = Pick<RequestContext, 'roles' | 'access'>;

const spoken = (resource: string) => resource.replaceAll('-', ' ');

/** Why the table says no, as a sentence; null when it says yes. */
export function refusalOf(asker: Asker, resource: ProtectedResource, verb: ProtectedVerb): string | null {
  const holders = holdersOf(resource, verb);
  if (holders !== everyone && !asker.roles.some((role) => holders.includes(role))) {
    const role = asker.roles.length === 0 ? 'Without a role here you may' : `The role ${asker.roles.join(', ')} may`;
    return `${role} not ${verb} ${spoken(resource)}${holders.length ? `; ${holders.join(', ')} may` : ''}.`;
  }
  if (asker.access === 'read' && !isReading(verb)) return `This credential may only read, not ${verb}.`;
  return null;
}

/**
 * Refuses with `forbidden` what the table does not allow. It looks at roles only: whether the resource is the
 * tenant's own is asked by the look-up, which answers `not-found` for a foreign one as for an absent one.
 */
export function authorize(asker: Asker, resource: ProtectedResource, verb: ProtectedVerb): void {
  const refusal = refusalOf(asker, resource, verb);
  if (refusal) throw new DomainError('forbidden', refusal);
}

export const isOperator = (asker: Pick<RequestContext, 'roles'>): boolean => asker.roles.includes('operator');
