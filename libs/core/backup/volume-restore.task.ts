import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { DomainError } from '#libs/domain/error.js';
import { engineVolumeName } from '#libs/domain/volume/engine-name.js';
import type { NodeStreams } from '../stream/node-streams.port.js';
import { UnitOfWork, type Transaction } from '../unit-of-work/unit-of-work.port.js';
import { volumeEvent } from '../volume/container-volumes.js';
import { chooseNode, onNode } from '../volume/volume-place.js';
import type { VolumeRecord } from '../volume/volume.repository.port.js';
import type { BackupStore, BackupStores, OpenedTarget } from './backup-store.port.js';
import type { BackupRecord } from './backup.repository.port.js';
import type { Attempt, BackupTask, BadEnd, Finish } from './backup.task.js';
import type { BackupVault } from './backup.vault.js';
import type { BackupWorkRecord } from './backup-work.repository.port.js';
import { DigestMeter } from './digest.meter.js';
import { orGivenUp } from './given-up.js';
import { requireRestorable } from './restore.rules.js';
import { TarMeter } from './tar.meter.js';

interface Scene {
  backup: BackupRecord;
  target: OpenedTarget;
  volume: VolumeRecord;
  nodeId: string;
  /** The engine’s volume that this attempt fills. */
  beside: string;
}

/**
 * Unpacks a backup into a new volume of the engine, beside the one that is there, and puts it in its place in one
 * transaction when all of it came and its checksum is right. Whatever happens before, the volume stays as it was.
 */
export class VolumeRestoreTask implements BackupTask {
  constructor(
    private readonly work: UnitOfWork,
    private readonly streams: NodeStreams,
    private readonly stores: BackupStores,
    private readonly vault: BackupVault,
  ) {}

  async run(attempt: Attempt): Promise<Finish> {
    const scene = await this.work.platform((tx) => this.prepare(tx, attempt));
    const store = await this.stores.open(scene.target);
    try {
      await this.carry(attempt, scene, store);
    } finally {
      store.close();
    }
    return (tx) => swap(tx, attempt.work, scene);
  }

  /** The transaction that ends the attempt tells the node, which is all there is to do. */
  tidy(): Promise<void> {
    return Promise.resolve();
  }

  async fail(tx: Transaction, work: BackupWorkRecord, _end: BadEnd, _message: string): Promise<void> {
    await discardBeside(tx, work);
    if (!work.madeVolume || work.volumeId === null) return;
    const volume = await tx.volumes.lock(work.projectId, work.volumeId);
    // Somebody may have begun to use it all the same.
    if (!volume || volume.nodeId !== null || (await tx.volumes.users(volume)).length > 0) return;
    await tx.volumes.remove(volume);
    await tx.quotas.take(work.organizationId, work.projectId, { volumes: -1 });
    await tx.events.append([volumeEvent(volume, 'delete')]);
  }

  /** What is filled is written down before it is, so that whoever takes over can have it removed. */
  private async prepare(tx: Transaction, { work, holder }: Attempt): Promise<Scene> {
    const backup = await tx.backups.getAny(work.backupId);
    const target = backup && (await tx.backupTargets.getAny(backup.targetId));
    if (!backup || !target) throw new DomainError('state', 'The backup was deleted meanwhile.');
    const volume = work.volumeId && (await tx.volumes.lock(work.projectId, work.volumeId));
    if (!volume) throw new DomainError('state', 'The volume was deleted meanwhile.');
    await requireRestorable(tx, volume);
    await discardBeside(tx, work);
    const stays = volume.nodeId !== null && !(await tx.volumes.nodeIsGone(volume.id));
    const nodeId = stays && volume.nodeId !== null ? volume.nodeId : await chooseNode(tx, volume);
    const beside = `${engineVolumeName(nodeId, volume.id)}-${holder.slice(0, 8)}`;
    await tx.backupWork.noteBeside(work.id, holder, nodeId, beside);
    work.besideNodeId = nodeId;
    work.besideName = beside;
    return { backup, target: this.vault.open(target), volume, nodeId, beside };
  }

  private async carry({ signal, moved }: Attempt, scene: Scene, store: BackupStore): Promise<void> {
    const { backup, volume, nodeId, beside } = scene;
    const source = await store.get(backup.objectKey ?? '', signal).catch(damagedWhenAbsent);
    const [object, tar] = [new DigestMeter(), new TarMeter(moved)];
    const drop = () => source.destroy(signal.reason instanceof Error ? signal.reason : undefined);
    signal.addEventListener('abort', drop, { once: true });
    const flow = pipeline(source, object, createGunzip(), tar);
    // Without a limit: it is what the volume held once.
    const writing = this.streams.writeVolume(nodeId, onNode(volume, beside), '/', tar, null);
    const written = orGivenUp(writing, signal, () => undefined);
    const [flown, wrote] = await Promise.allSettled([flow, written.finally(() => tar.destroy())]);
    signal.removeEventListener('abort', drop);
    if (signal.aborted) throw signal.reason;
    // What came first is what it failed of; whoever noticed it later only says that the other one is gone.
    if (wrote.status === 'rejected' && wrote.reason instanceof DomainError) throw wrote.reason;
    if (flown.status === 'rejected') throw unreadable(flown.reason);
    if (wrote.status === 'rejected') throw wrote.reason;
    if (object.sha256 !== backup.sha256 || object.bytes !== backup.objectBytes) {
      throw damaged(
        `it has ${object.bytes} bytes with another checksum than the ${backup.objectBytes} that were stored`,
      );
    }
  }
}

async function swap(tx: Transaction, work: BackupWorkRecord, { nodeId, beside }: Scene): Promise<void> {
  const volume = work.volumeId && (await tx.volumes.lock(work.projectId, work.volumeId));
  if (!volume) throw new DomainError('state', 'The volume was deleted meanwhile.');
  await requireRestorable(tx, volume);
  const before = { ...volume };
  await tx.volumes.replaceData(volume, nodeId, beside);
  const events = [volumeEvent(volume, 'update')];
  if (before.nodeId !== null && before.nodeId !== nodeId) events.push(volumeEvent(before, 'update'));
  await tx.events.append(events);
}

/** What an attempt unpacked that did not come to its end. */
async function discardBeside(tx: Transaction, work: BackupWorkRecord): Promise<void> {
  const { besideNodeId: nodeId, besideName, volumeId } = work;
  if (nodeId === null || besideName === null || volumeId === null) return;
  await tx.volumes.discard(work, nodeId, besideName);
  await tx.events.append([volumeEvent({ ...work, id: volumeId, nodeId }, 'update')]);
}

const damaged = (how: string) => new DomainError('state', `The backup cannot be restored: ${how}.`);

function damagedWhenAbsent(error: unknown): never {
  throw error instanceof DomainError && error.code === 'not-found'
    ? damaged('the store does not have it any more')
    : error;
}

/** zlib’s own words for what is no whole gzip. */
function unreadable(error: unknown): unknown {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  if (code.startsWith('Z_')) return damaged('what the store has of it is not whole');
  if (code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE') {
    return new DomainError('unavailable', 'The store ended the connection in the middle.');
  }
  return error;
}
