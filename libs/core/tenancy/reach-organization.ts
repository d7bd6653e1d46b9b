import { notFound } from '#libs/domain/error.js';
import { isOperator } from '../authorization/authorize.js';
import type { OrganizationRecord } from '../identity/organization.repository.port.js';
import type { UnitOfWork } from '../unit-of-work/unit-of-work.port.js';
import { hasTenant } from './context-for.js';
import type { RequestContext } from './request-context.js';

/** The organization a call names: the caller's own, or any for the operator. Others are `not-found`. */
export async function reachOrganization(
  work: UnitOfWork,
  context: RequestContext,
  idOrName: string,
): Promise<OrganizationRecord> {
  const own = hasTenant(context) && [context.organizationId, context.organizationName].includes(idOrName);
  const found = own
    ? await work.tenantRead(context, (tx) => tx.identity.organizations.get(context.organizationId))
    : isOperator(context)
      ? await work.platformRead((tx) => tx.identity.organizations.get(idOrName))
      : null;
  if (!found) throw notFound('organization');
  return found;
}
