import { organizationRoles } from '#libs/domain/identity/role.js';
import type { RequestContext } from '../tenancy/request-context.js';
import type { ActionRecord } from './action.repository.port.js';

/**
 * An action has one address, whatever its project. Who holds a role in the whole organization reaches those of all
 * its projects; a role or a key that is bound to one project reaches that one's, and what belongs to none.
 */
export function reaches(context: RequestContext, action: ActionRecord): boolean {
  if (action.organizationId !== context.organizationId) return false;
  if (action.projectId === null || action.projectId === context.projectId) return true;
  return organizationRoles.some((role) => context.roles.includes(role));
}

/** The context for acting on what the action was about. */
export const inPlaceOf = (context: RequestContext, action: ActionRecord): RequestContext =>
  action.projectId === null ? context : { ...context, projectId: action.projectId };
