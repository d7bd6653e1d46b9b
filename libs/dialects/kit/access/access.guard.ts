import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ResourceLocator } from '#libs/core/tenancy/resource-locator.js';
import { Admission } from './admission.js';
import { allowedKey, publicKey, type Allowed } from './allow.decorator.js';
import type { HttpRequest } from './http-request.js';
import { locatedKey, tenantInPath, tenantKey, type Located, type TenantOf } from './tenant.decorator.js';

/** Global: no handler runs before the caller is known, counted, placed in a tenant and allowed. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    @Inject(Reflector) private readonly reflector: Reflector,
    @Inject(Admission) private readonly admission: Admission,
    @Inject(ResourceLocator) private readonly locator: ResourceLocator,
  ) {}

  async canActivate(execution: ExecutionContext): Promise<boolean> {
    const targets = [execution.getHandler(), execution.getClass()];
    const allowed = this.reflector.get<Allowed | undefined>(allowedKey, execution.getHandler());
    if (!allowed) return this.reflector.getAllAndOverride<boolean | undefined>(publicKey, targets) === true;
    const tenantOf = this.reflector.getAllAndOverride<TenantOf | undefined>(tenantKey, targets) ?? tenantInPath;
    const request = execution.switchToHttp().getRequest<HttpRequest>();
    const located = this.reflector.getAllAndOverride<Located | undefined>(locatedKey, targets);
    const named = located ? () => this.locate(located, request) : tenantOf(request);
    const tenant = typeof named === 'function' ? () => named(this.locator) : named;
    request.pierheadContext = await this.admission.admit(request, tenant, allowed);
    return true;
  }

  private locate({ kind, parameter }: Located, request: HttpRequest) {
    const params = (request.params ?? {}) as Record<string, unknown>;
    return this.locator.locate(kind, String(params[parameter] ?? '').toLowerCase());
  }
}
