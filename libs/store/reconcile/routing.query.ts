import type { EdgeVersion } from '#libs/core/reconcile/reconcile.repository.port.js';
import type { Sql } from '../connection/sql.js';

/**
 * How long the routes that lead to service `s` let requests under way take, in milliseconds; null without a route.
 * Part of the statement that holds the service's row, so that services without routes cost nothing more.
 */
export const routeDrainMs = `NULL::integer`;

/** Living edges that serve an organization's routes, each with how far it has said to be with the project. */
export function edgeVersions(_sql: Sql, _organizationId: string, _projectId: string): Promise<EdgeVersion[]> {
  return Promise.resolve([]);
}
