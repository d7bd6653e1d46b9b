export const heaviest = 256;

/**
 * Weights of single servers, from weights of services: all containers of a service together get its share, however
 * many there are. The heaviest server gets 256, the most that the load balancer knows; a service of weight 0 gets 0.
 * @param services weight and number of servers of each
 */
export function serverWeights(services: readonly { weight: number; servers: number }[]): number[] {
  const shares = services.map(({ weight, servers }) => (servers > 0 ? Math.max(0, weight) / servers : 0));
  const most = Math.max(0, ...shares);
  return shares.map((share) => (share > 0 ? Math.max(1, Math.round((share / most) * heaviest)) : 0));
}
