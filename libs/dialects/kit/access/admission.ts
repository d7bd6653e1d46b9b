import { Inject, Injectable } from '@nestjs/common';
import { authorize } from '#libs/core/authorization/authorize.js';
import { CredentialVerifier } from '#libs/core/identity/credential-verifier.port.js';
import { RateLimiter } from '#libs/core/identity/rate-limiter.port.js';
import { contextFor, contextsFor, type TenantReference } from '#libs/core/tenancy/context-for.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { DomainError } from '#libs/domain/error.js';
import type { Allowed } from './allow.decorator.js';
import type { HttpRequest } from './http-request.js';
import { requestOrigin } from './request-origin.js';

/** How many calls one credential, or one address without a good one, may make. */
export abstract class RequestLimits {
  abstract readonly perMinute: number;
}

/** The one way in, for requests and for upgrades to streams alike: who, how often, which tenant, may they. */
@Injectable()
export class Admission {
  constructor(
    @Inject(CredentialVerifier) private readonly credentials: CredentialVerifier,
    @Inject(RateLimiter) private readonly limiter: RateLimiter,
    @Inject(RequestLimits) private readonly limits: RequestLimits,
  ) {}

  /** `tenant` may have to be looked up, which is done for known callers only. */
  async admit(
    request: HttpRequest,
    tenant: TenantReference | null | (() => Promise<TenantReference>),
    allowed: Allowed,
  ): Promise<RequestContext> {
    const principal = await this.authenticate(request);
    request.pierheadAllowance = this.limiter.take(`credential:${principal.credential.id}`, this.limits.perMinute);
    const origin = requestOrigin(request);
    const context = contextFor(principal, typeof tenant === 'function' ? await tenant() : tenant, origin);
    request.pierheadReach = () => contextsFor(principal, origin);
    authorize(context, allowed.resource, allowed.verb);
    return context;
  }

  private async authenticate(request: HttpRequest) {
    try {
      return await this.credentials.authenticate(request.headers);
    } catch (error) {
      if (error instanceof DomainError && error.code === 'unauthenticated') this.countFailure(request);
      throw error;
    }
  }

  /** Guessing is slowed down per address; good credentials from the same address are not. */
  private countFailure(request: HttpRequest): void {
    this.limiter.take(`unauthenticated:${request.ip}`, this.limits.perMinute);
  }
}
