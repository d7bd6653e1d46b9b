import type { VolumeOfStack } from '#libs/core/stack/workload.queries.js';
import { matches } from '../wire/page.wire.js';
import type { VolumeAnswer, VolumeListQuery } from './volume.wire.js';

export const toVolume = (volume: VolumeOfStack): VolumeAnswer => ({
  id: volume.id,
  name: volume.name,
  stackId: volume.stackId,
  linkedServices: volume.mountedBy,
  orphaned: volume.mountedBy.length === 0,
  storageUsageInBytes: volume.usedBytes ?? 0,
  storageUsageInBytesSetAt: (volume.usedAt ?? volume.createdAt).toISOString(),
});

const orders = {
  name: (a: VolumeAnswer, b: VolumeAnswer) => a.name.localeCompare(b.name),
  storage: (a: VolumeAnswer, b: VolumeAnswer) => a.storageUsageInBytes - b.storageUsageInBytes,
};

/** The volumes that the query asks for, in its order. */
export function selectVolumes(volumes: VolumeAnswer[], query: VolumeListQuery): VolumeAnswer[] {
  const found = volumes.filter(
    (volume) =>
      (query.stackId === undefined || volume.stackId === query.stackId) && matches(query.searchTerm, volume.name),
  );
  if (query.sortOrder === undefined) return found;
  const by = query.sortOrder.endsWith('Asc') ? 1 : -1;
  const order = query.sortOrder.startsWith('name') ? orders.name : orders.storage;
  return found.sort((a, b) => by * order(a, b));
}
