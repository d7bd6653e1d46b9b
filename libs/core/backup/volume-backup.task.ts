import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { backupPrefix } from '#libs/domain/backup/target.js';
import { DomainError } from '#libs/domain/error.js';
import { Clock } from '#libs/platform/clock.js';
import type { NodeStreams } from '../stream/node-streams.port.js';
import { UnitOfWork, type Transaction } from '../unit-of-work/unit-of-work.port.js';
import { reachVolume, type ReachableVolume } from '../volume/volume-place.js';
import type { BackupStores, OpenedTarget, BackupStore } from './backup-store.port.js';
import type { BackupContent, BackupRecord } from './backup.repository.port.js';
import type { Attempt, BackupTask, BadEnd, Finish } from './backup.task.js';
import type { BackupVault } from './backup.vault.js';
import type { BackupWorkRecord } from './backup-work.repository.port.js';
import { DigestMeter } from './digest.meter.js';
import { orGivenUp } from './given-up.js';
import { TarMeter } from './tar.meter.js';

/** Most files are text or are compressed already: more effort costs much and gains little. */
const compression = { level: 4 };
const tidyMs = 30_000;

interface Scene {
  backup: BackupRecord;
  target: OpenedTarget;
  reach: ReachableVolume;
}

/**
 * The volume’s tar, compressed, as one object, and beside it a manifest that says what it is. Only with the manifest,
 * and when the database says so too, there is a backup.
 */
export class VolumeBackupTask implements BackupTask {
  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
    private readonly streams: NodeStreams,
    private readonly stores: BackupStores,
    private readonly vault: BackupVault,
  ) {}

  async run(attempt: Attempt): Promise<Finish> {
    const { backup, target, reach } = await this.work.platformRead((tx) => this.look(tx, attempt.work));
    const store = await this.stores.open(target);
    try {
      // Of attempts whose worker ended in the middle.
      await store.clear(backupPrefix(backup), attempt.signal);
      const content = await this.carry(attempt, backup, reach, store);
      const manifest = JSON.stringify(manifestOf(backup, content), null, 2);
      await store.put(
        `${folderOf(attempt, backup)}manifest.json`,
        Readable.from([Buffer.from(manifest)], { objectMode: false }),
        {
          signal: attempt.signal,
          expectedBytes: manifest.length,
        },
      );
      return (tx) => this.complete(tx, backup.id, content);
    } finally {
      store.close();
    }
  }

  /** Of all attempts: none of them came to its end. */
  async tidy({ work }: Attempt): Promise<void> {
    const backup = await this.work.platformRead((tx) => tx.backups.getAny(work.backupId));
    const sealed = backup && (await this.work.platformRead((tx) => tx.backupTargets.getAny(backup.targetId)));
    if (!backup || !sealed) return;
    const store = await this.stores.open(this.vault.open(sealed));
    try {
      await store.clear(backupPrefix(backup), AbortSignal.timeout(tidyMs));
    } finally {
      store.close();
    }
  }

  async fail(tx: Transaction, work: BackupWorkRecord, end: BadEnd, message: string): Promise<void> {
    const backup = await tx.backups.lock(work.projectId, work.backupId);
    if (!backup) return;
    await tx.backups.move(backup, end, message, this.clock.now());
    await tx.quotas.take(work.organizationId, work.projectId, { backups: -1 });
  }

  private async look(tx: Transaction, work: BackupWorkRecord): Promise<Scene> {
    const backup = await tx.backups.getAny(work.backupId);
    const target = backup && (await tx.backupTargets.getAny(backup.targetId));
    const volume = work.volumeId && (await tx.volumes.get(work.projectId, work.volumeId));
    if (!backup || !target || !volume) throw new DomainError('state', 'The volume was deleted meanwhile.');
    const reach = await reachVolume(tx, volume);
    if (!reach) throw new DomainError('state', `Volume "${volume.name}" is on no node.`);
    return { backup, target: this.vault.open(target), reach };
  }

  private async carry(
    { holder, signal, moved }: Attempt,
    backup: BackupRecord,
    { volume, nodeId, onNode }: ReachableVolume,
    store: BackupStore,
  ): Promise<BackupContent> {
    const objectKey = `${folderOf({ holder }, backup)}volume.tar.gz`;
    const opening = this.streams.readVolume(nodeId, onNode, '/');
    const source = await orGivenUp(opening, signal, (late) => late.destroy());
    const [tar, object] = [new TarMeter(moved), new DigestMeter()];
    // The store’s word comes first: when it gives up, the others merely find their reader gone.
    const flow = pipeline(source, tar, createGzip(compression), object);
    const stored = store.put(objectKey, object, { signal, expectedBytes: volume.usedBytes ?? 0 });
    const [flown, put] = await Promise.allSettled([flow, stored]);
    if (put.status === 'rejected') throw put.reason;
    if (flown.status === 'rejected') throw flown.reason;
    const { bytes: objectBytes, sha256 } = object;
    return { objectKey, objectBytes, sha256, contentBytes: tar.bytes, entries: tar.entries };
  }

  private async complete(tx: Transaction, id: string, content: BackupContent): Promise<void> {
    const backup = await tx.backups.getAny(id);
    if (backup) await tx.backups.complete(backup, content, this.clock.now());
  }
}

const folderOf = ({ holder }: Pick<Attempt, 'holder'>, backup: BackupRecord): string =>
  `${backupPrefix(backup)}${holder}/`;

/** For whoever has the store and nothing else. */
const manifestOf = (backup: BackupRecord, content: BackupContent) => ({
  format: 1,
  backupId: backup.id,
  volume: { id: backup.volumeId, name: backup.volumeName },
  projectId: backup.projectId,
  takenAt: backup.createdAt.toISOString(),
  object: 'volume.tar.gz',
  objectBytes: content.objectBytes,
  sha256: content.sha256,
  contentBytes: content.contentBytes,
  entries: content.entries,
});
