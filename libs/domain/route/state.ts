/**
 * What a route shows:
 *
 * - `pending-ownership`: its host is not (yet) the organization’s, so no edge serves it
 * - `no-endpoints`: no container of its services can take requests
 * - `active`: the edges send requests to containers
 */
export const routeStates = ['pending-ownership', 'no-endpoints', 'active'] as const;
export type RouteState = (typeof routeStates)[number];

export const routeState = (facts: { owned: boolean; endpoints: number }): RouteState =>
  !facts.owned ? 'pending-ownership' : facts.endpoints === 0 ? 'no-endpoints' : 'active';
