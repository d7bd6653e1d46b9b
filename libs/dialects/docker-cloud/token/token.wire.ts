import { z } from 'zod';
import { tagsWire } from '../node/node.wire.js';

/** Nothing has to be said; a cluster and tags are what the node will have. */
export const tokenWire = z
  .strictObject({ node_cluster: z.string().max(512).nullish(), tags: tagsWire.nullish() })
  .nullish();
export type TokenWish = z.output<typeof tokenWire>;
