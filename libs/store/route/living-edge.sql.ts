/**
 * Nodes whose balancer may still answer for an organization’s routes: those of the platform and its own. A node that
 * is silent may only have lost its agent, until it is taken for lost.
 */
export const livingEdge = (node: string, organizationId: string): string =>
  `'edge' = ANY(${node}.roles) AND ${node}.state IN ('ready', 'suspect', 'unreachable')
   AND ${node}.removed_at IS NULL AND ${node}.revoked_at IS NULL
   AND (${node}.organization_id IS NULL OR ${node}.organization_id = ${organizationId})`;
