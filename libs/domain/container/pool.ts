/**
 * Where a container of a routed service stands with the edges, decided by reconcilers:
 *
 * - `none`: no edge is to know it; also every container of a service without routes
 * - `joining`: edges are to send it requests, and not all of them have said that they do
 * - `in`: they do
 * - `leaving`: edges are to send it nothing more and to end what is under way. What it leaves for stands in its desired
 *   state, which its agent is not told before: `running` means that it is to be started again.
 * - `out`: it has left, and its agent is told
 */
export const poolStates = ['none', 'joining', 'in', 'leaving', 'out'] as const;
export type PoolState = (typeof poolStates)[number];

/** Edges may send it new requests. */
export const takesRequests = (pool: PoolState): boolean => pool === 'joining' || pool === 'in';
