import { Filters } from './filter.translate.js';
import type { Query } from './page.translate.js';

/** `reuse_volumes` of a redeploy, true unless said otherwise. Named volumes of the project are used again in any case. */
export const readReuseVolumes = (query: Query): boolean => new Filters(query).flag('reuse_volumes') ?? true;
