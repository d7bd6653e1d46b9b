import { randomUUID } from 'node:crypto';
import { lstat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { Readable } from 'node:stream';
import { shareFromWire } from '#libs/agent-protocol/share.translate.js';
import type { ArchiveRequest } from '#libs/agent-protocol/generated/pierhead/agent/v1/agent.js';
import { containerTemplate } from '#libs/domain/container/template.js';
import { DomainError } from '#libs/domain/error.js';
import type { ShareMounts } from '../shares/share.mounts.js';
import { Slots } from '#libs/platform/concurrency/slots.js';
import type { Log } from '#libs/platform/log.js';
import { type Labels, runtimeLabels } from '#libs/runtime/labels.js';
import type { RuntimeDriver } from '#libs/runtime/runtime.driver.js';
import { isRuntimeError } from '#libs/runtime/runtime.error.js';
import { tarOfFolder } from './folder.tar.js';

const emptyImage = 'localhost/pierhead/empty:1';
/** Two blocks of zeros are the end of a tar. */
const emptyTar = Buffer.alloc(1024);
const purpose = 'volume-archive';
const root = '/volume';
const mostAtOnce = 4;

interface VolumePlace {
  /** Where its files can be looked at. */
  mountpoint: string;
  mount: { kind: 'volume'; target: string } | { kind: 'host-path'; source: string; target: string };
  volumes?: Record<string, string>;
}

/** A volume within reach, until it is closed. */
export interface OpenVolume {
  /** A tar of a directory's content, or of one file. */
  read(path: string): Promise<Readable>;
  /** Unpacks a tar in a directory that is there. */
  write(path: string, content: Readable): Promise<void>;
  /** Throws what `write` would refuse before anything is sent. */
  check(path: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * Volumes as archives, whether a container uses them or not. Each is mounted into a container of nothing that is never
 * started: the engine resolves paths and links inside of it, so that no link in a volume leads anywhere else.
 */
export class VolumeArchives {
  private readonly slots = new Slots(mostAtOnce);
  private image: Promise<void> | null = null;

  constructor(
    private readonly driver: RuntimeDriver,
    private readonly log: Log,
    private readonly shares: ShareMounts | null = null,
  ) {}

  /** Removes what an agent before this one left behind. */
  async clean(): Promise<void> {
    for (const { engineId, labels } of await this.driver.list()) {
      if (labels[runtimeLabels.purpose] === purpose)
        await this.driver.remove(engineId, { force: true, volumes: false });
    }
  }

  /** Not more than a few at once: the work waits for its turn. */
  use<T>(request: ArchiveRequest, work: (volume: OpenVolume) => Promise<T>): Promise<T> {
    return this.slots.run(async () => {
      const volume = await this.open(request);
      try {
        return await work(volume);
      } finally {
        await volume.close();
      }
    });
  }

  private async open(request: ArchiveRequest): Promise<OpenVolume> {
    await this.ensureImage();
    const { projectId, organizationId } = request;
    const labels = { [runtimeLabels.project]: projectId, [runtimeLabels.organization]: organizationId };
    const { mountpoint, ...place } = await this.placeOf(request, labels);
    const engineId = await this.driver.create({
      name: `pierhead-archive-${randomUUID()}`,
      template: containerTemplate.parse({
        ...{ image: emptyImage, command: ['none'], networkMode: 'none', mounts: [place.mount] },
      }),
      labels: { ...labels, [runtimeLabels.purpose]: purpose },
      ...(place.volumes && { volumes: place.volumes }),
    });
    // With options it is mounted only while a container runs with it.
    return this.volume(engineId, mountpoint, Object.keys(request.options).length === 0);
  }

  /** A folder of a share is bound as it is: engines differ in what they mount for a container that does not run. */
  private async placeOf({ volumeId, name, options, share }: ArchiveRequest, labels: Labels): Promise<VolumePlace> {
    const source = shareFromWire(share);
    if (source) {
      if (!this.shares) throw new DomainError('unavailable', 'This node keeps no file shares.');
      const folder = await this.shares.folder(source, volumeId);
      return { mountpoint: folder, mount: { kind: 'host-path', source: folder, target: root } };
    }
    await this.driver.createVolume({ name, labels, ...(Object.keys(options).length > 0 && { options }) });
    const { mountpoint } = await this.driver.inspectVolume(name);
    return { mountpoint, mount: { kind: 'volume', target: root }, volumes: { [root]: name } };
  }

  private volume(engineId: string, mountpoint: string, isPlain: boolean): OpenVolume {
    const { driver } = this;
    const kindOf = async (path: string) => {
      await refuseLinks(mountpoint, path);
      return (await driver.statArchive(engineId, at(path))).kind;
    };
    const check = async (path: string) => {
      if ((await kindOf(path)) === 'directory') return;
      throw new DomainError('invalid', `${path} is not a directory of the volume.`, { field: 'path' });
    };
    return {
      check,
      read: async (path) => {
        const whole = isPlain && path === '/' ? await tarOfFolder(mountpoint) : null;
        if (whole) return whole;
        const kind = await kindOf(path);
        return (await driver.getArchive(engineId, kind === 'directory' ? `${at(path)}/.` : at(path))).content;
      },
      write: async (path, content) => {
        await check(path);
        await driver.putArchive(engineId, at(path), content);
      },
      close: async () => {
        try {
          await driver.remove(engineId, { force: true, volumes: false });
        } catch (error) {
          this.log.warn({ engineId, err: error }, 'The container for a volume’s archive is still there.');
        }
      },
    };
  }

  private ensureImage(): Promise<void> {
    this.image ??= this.importImage().catch((error: unknown) => {
      this.image = null;
      throw error;
    });
    return this.image;
  }

  private async importImage(): Promise<void> {
    try {
      await this.driver.inspectImage(emptyImage);
    } catch (error) {
      if (!isRuntimeError(error, 'image-not-found', 'not-found')) throw error;
      await this.driver.importImage(emptyImage, Readable.from([emptyTar]));
    }
  }
}

const at = (path: string): string => (path === '/' ? root : `${root}${path}`);

/** The path inside the volume: absolute, without dots; `/` is all of it. */
export const pathInside = (path: string): string => posix.normalize(`/${path}`).replace(/(.)\/$/, '$1');

/**
 * A path through a link is refused rather than followed, which engines do differently. Only for a plain answer: a
 * link that is put in its way meanwhile still leads nowhere but into the volume.
 */
async function refuseLinks(mountpoint: string, path: string): Promise<void> {
  let folder = mountpoint;
  for (const part of path.split('/').filter(Boolean)) {
    folder = join(folder, part);
    const found = await lstat(folder).catch(() => null);
    if (!found) return; // not to be seen from here, or not there: the engine says so
    if (!found.isSymbolicLink()) continue;
    const link = folder.slice(mountpoint.length);
    throw new DomainError('invalid', `${link} is a symbolic link; give the path that it leads to.`, { field: 'path' });
  }
}
