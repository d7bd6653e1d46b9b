import { Filters } from './filter.translate.js';
import type { Query } from './page.translate.js';

/**
 * `reuse_volumes` of a redeploy, true unless said otherwise. Named volumes of the project are always used again;
 * a container's own unnamed ones go with it, so that both answers lead to the same today.
 */
export function readReuseVolumes(query: Query): boolean {
  return new Filters(query).flag('reuse_volumes') ?? true;
}
