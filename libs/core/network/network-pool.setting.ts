import { networkPool, type NetworkPool } from '#libs/domain/network/network-pool.js';
import { ConfigError } from '#libs/platform/config.js';

/** The pool as the process's settings give it; what does not fit together is said as of any other setting. */
export function networkPoolOf(config: { PIERHEAD_NETWORK_POOL: string; PIERHEAD_NETWORK_PREFIX: number }): NetworkPool {
  try {
    return networkPool(config.PIERHEAD_NETWORK_POOL, config.PIERHEAD_NETWORK_PREFIX);
  } catch (error) {
    const sentence = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`PIERHEAD_NETWORK_POOL and PIERHEAD_NETWORK_PREFIX: ${sentence}`);
  }
}
