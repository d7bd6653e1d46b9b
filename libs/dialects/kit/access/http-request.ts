import type { Allowance } from '#libs/core/identity/rate-limiter.port.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';

/** What the kit uses of a Fastify request. */
export interface HttpRequest {
  id: string;
  method: string;
  url: string;
  ip: string;
  /** As the client reached this process, or its proxy where that one is trusted; the host with its port. */
  protocol?: string;
  host?: string;
  headers: Record<string, string | string[] | undefined>;
  params?: unknown;
  query?: unknown;
  body?: unknown;
  /** Set when the call was counted. */
  pierheadAllowance?: Allowance;
  /** Set by the access guard. */
  pierheadContext?: RequestContext;
  /** Set when the caller was admitted: a context for each project that the credential reaches. */
  pierheadReach?: () => RequestContext[];
}
