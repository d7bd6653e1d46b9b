import type { VolumeOfStack } from '#libs/core/stack/workload.queries.js';
import { matches } from '../wire/page.wire.js';
import type { VolumeAnswer, VolumeListQuery } from './volume.wire.js';

export const toVolume = (volume: VolumeOfStack): VolumeAnswer => ({
  id: volume.id,
  name: volume.name,
  stackId: volume.stackId,
  linkedServices: volume.mountedBy,
  orphaned: volume.mountedBy.length === 0,
  storageUsageInBytes: 0,
  storageUsageInBytesSetAt: volume.createdAt.toISOString(),
});

/** The volumes that the query asks for, in its order; by storage they are all equal. */
export function selectVolumes(volumes: VolumeAnswer[], query: VolumeListQuery): VolumeAnswer[] {
  const found = volumes.filter(
    (volume) =>
      (query.stackId === undefined || volume.stackId === query.stackId) &&
      matches(query.searchTerm, volume.id, volume.name),
  );
  if (query.sortOrder !== 'nameAsc' && query.sortOrder !== 'nameDesc') return found;
  const by = query.sortOrder === 'nameAsc' ? 1 : -1;
  return found.sort((a, b) => by * a.name.localeCompare(b.name));
}
