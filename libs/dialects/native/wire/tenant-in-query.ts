import type { TenantOf } from '../../kit/access/tenant.decorator.js';

/** Nodes stand outside of organizations in the address, so the query says which one is meant. */
export const tenantInQuery: TenantOf = (request) => {
  const { organization } = (request.query ?? {}) as Record<string, unknown>;
  return typeof organization === 'string' && organization !== ''
    ? { kind: 'organization', idOrName: organization }
    : null;
};
