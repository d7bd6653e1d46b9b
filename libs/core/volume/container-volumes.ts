import { DomainError } from '#libs/domain/error.js';
import type { Transaction } from '../unit-of-work/unit-of-work.port.js';
import type { VolumeBook } from './volume.book.js';
import type { VolumeRecord } from './volume.repository.port.js';

/** Writes down what containers that were just inserted mount. `stale` when another process was quicker. */
export async function writeVolumes(tx: Transaction, book: VolumeBook, now: Date): Promise<void> {
  if (book.retired.length) await tx.volumes.retire(book.retired, now);
  if (book.made.length) await insertMade(tx, book);
  if (book.sets.length) await tx.volumes.setOf(book.sets);
  if (book.mounts.length) await tx.volumes.mount(book.mounts);
  // The share’s node learns of it whom to let in.
  const mounted = book.onShares.map((volume) => volumeEvent(volume, 'update'));
  await tx.events.append([...book.made.map((volume) => volumeEvent(volume, 'create')), ...mounted]);
}

/** An instance’s own may find its name taken by a volume of its user’s: it is then called by its other one. */
async function insertMade(tx: Transaction, { made, otherNames }: VolumeBook): Promise<void> {
  // Put in without a node and a writer: those come with the mounts, for all volumes alike.
  const blank = made.map((volume) => ({ ...volume, nodeId: null, writerId: null, fence: 0 }));
  const inserted = new Set(await tx.volumes.insertNew(blank));
  const left = blank.filter((volume) => !inserted.has(volume.id));
  if (!left.length) return;
  const renamed = left.flatMap((volume) => {
    const name = otherNames.get(volume.id);
    return name === undefined ? [] : [{ ...volume, name }];
  });
  const done = renamed.length < left.length ? [] : await tx.volumes.insertNew(renamed);
  if (done.length < left.length) throw new DomainError('stale', 'A volume was made by somebody else meanwhile.');
}

export function volumeEvent(
  { organizationId, projectId, id, nodeId }: Pick<VolumeRecord, 'organizationId' | 'projectId' | 'id' | 'nodeId'>,
  verb: 'create' | 'update' | 'delete',
) {
  const parents = nodeId === null ? [] : [{ type: 'node' as const, id: nodeId }];
  return { organizationId, projectId, type: 'volume' as const, verb, resourceId: id, state: verb, parents };
}
