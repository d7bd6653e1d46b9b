import { SetMetadata } from '@nestjs/common';
import type { TenantReference } from '#libs/core/tenancy/context-for.js';
import type { HttpRequest } from './http-request.js';

export const tenantKey = 'pierhead:tenant';

export type TenantOf = (request: HttpRequest) => TenantReference | null;

/** How a controller's requests name their tenant, where it is not in the path as the default expects it. */
export const Tenant = (of: TenantOf) => SetMetadata<string, TenantOf>(tenantKey, of);

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** Path parameters `project` or `namespace`, and `organization`; none of them: the credential's own. */
export const tenantInPath: TenantOf = (request) => {
  const params = (request.params ?? {}) as Record<string, unknown>;
  const project = text(params['project']) ?? text(params['namespace']);
  if (project) return { kind: 'project', idOrNamespace: project };
  const organization = text(params['organization']);
  return organization ? { kind: 'organization', idOrName: organization } : null;
};
