import type { RequestOrigin } from '#libs/core/tenancy/request-context.js';
import type { HttpRequest } from './http-request.js';

const longest = 512;

/** For the audit trail. The query is left out: some clients put secrets there. */
export function requestOrigin(request: HttpRequest): RequestOrigin {
  const agent = request.headers['user-agent'];
  return {
    id: String(request.id),
    ip: request.ip,
    userAgent: (Array.isArray(agent) ? agent.join(' ') : (agent ?? '')).slice(0, longest),
    method: request.method,
    path: (request.url.split('?', 1)[0] ?? '').slice(0, longest),
  };
}
