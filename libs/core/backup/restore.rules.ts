import { DomainError } from '#libs/domain/error.js';
import type { Transaction } from '../unit-of-work/unit-of-work.port.js';
import type { VolumeRecord } from '../volume/volume.repository.port.js';

/**
 * Asked when a restore begins, and again, with the rows held, in the transaction that puts the data in its place. A
 * container that is stopped finds the restored data when it is started: its node makes it anew.
 */
export async function requireRestorable(tx: Transaction, volume: VolumeRecord): Promise<void> {
  if (volume.owner === 'instance') {
    throw new DomainError(
      'state',
      `Volume "${volume.name}" is one that only its instance’s image names; restore it as a new one, with "into".`,
    );
  }
  if (volume.driver !== 'local') {
    throw new DomainError('state', `Volume "${volume.name}" is on a file share; restore it as a new one, with "into".`);
  }
  const running = await tx.volumes.lockRunning(volume.id);
  if (running.length === 0) return;
  const names = running.map((name) => `"${name}"`).join(', ');
  throw new DomainError(
    'state',
    `Volume "${volume.name}" is used by ${names}; stop what runs first, or restore it as a new one, with "into".`,
  );
}
