import { SetMetadata } from '@nestjs/common';
import type { TenantReference } from '#libs/core/tenancy/context-for.js';
import type { LocatedKind, ResourceLocator } from '#libs/core/tenancy/resource-locator.js';
import type { HttpRequest } from './http-request.js';

export const tenantKey = 'pierhead:tenant';

/** May have to look the tenant up, which is done once the caller is known. */
export type TenantOf = (
  request: HttpRequest,
) => TenantReference | null | ((locator: ResourceLocator) => Promise<TenantReference>);

/** How a controller's requests name their tenant, where it is not in the path as the default expects it. */
export const Tenant = (of: TenantOf) => SetMetadata<string, TenantOf>(tenantKey, of);

export const locatedKey = 'pierhead:located';

export interface Located {
  kind: LocatedKind;
  parameter: string;
}

/** The path names a resource and no project: the project is the one that the resource is in. */
export const LocatedBy = (kind: LocatedKind, parameter: string) =>
  SetMetadata<string, Located>(locatedKey, { kind, parameter });

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** Path parameters `project` or `namespace`, and `organization`; none of them: the credential's own. */
export const tenantInPath = (request: HttpRequest): TenantReference | null => {
  const params = (request.params ?? {}) as Record<string, unknown>;
  const project = text(params['project']) ?? text(params['namespace']);
  if (project) return { kind: 'project', idOrNamespace: project };
  const organization = text(params['organization']);
  return organization ? { kind: 'organization', idOrName: organization } : null;
};
