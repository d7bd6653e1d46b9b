import { z } from 'zod';
import { pageQuery } from '../wire/page.wire.js';

export const volumeListQuery = pageQuery.extend({
  stackId: z.uuid().optional(),
  searchTerm: z.string().optional(),
  sortOrder: z.enum(['nameAsc', 'nameDesc', 'storageAsc', 'storageDesc']).optional(),
});
export type VolumeListQuery = z.output<typeof volumeListQuery>;

export const volumeAnswer = z.strictObject({
  id: z.uuid(),
  name: z.string(),
  stackId: z.uuid(),
  linkedServices: z.array(z.uuid()),
  /** No service mounts it. */
  orphaned: z.boolean(),
  /** As its node measured it last; before that 0, as of the volume's making. */
  storageUsageInBytes: z.int(),
  storageUsageInBytesSetAt: z.iso.datetime(),
});
export type VolumeAnswer = z.infer<typeof volumeAnswer>;
