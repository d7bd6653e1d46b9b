import { mkdir, open, readFile, realpath, rename, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { isId } from '#libs/domain/id.js';
import { shell, ShareProblem } from './shell.js';

export interface WantedDisk {
  shareId: string;
  sizeBytes: number;
  /** It was there before: it must not be made anew. */
  made: boolean;
}

/**
 * Shares as file systems of their size: a sparse file for each, formatted and mounted as a loop device. What is written
 * past the size finds no space, whoever writes it.
 */
export class ShareDisk {
  constructor(private readonly folder: string) {}

  image(shareId: string): string {
    return join(this.folder, 'images', `${checked(shareId)}.img`);
  }

  mountpoint(shareId: string): string {
    return join(this.folder, 'mounts', checked(shareId));
  }

  /** Of all volumes of a share: what is exported. */
  volumes(shareId: string): string {
    return join(this.mountpoint(shareId), 'volumes');
  }

  /** What is kept beside the volumes by one keeper; it is not exported. */
  objects(shareId: string, keeperId: string): string {
    return join(this.mountpoint(shareId), 'objects', checked(keeperId));
  }

  volume(shareId: string, volumeId: string): string {
    return join(this.volumes(shareId), checked(volumeId));
  }

  /** @throws ShareProblem */
  async ensure({ shareId, sizeBytes, made }: WantedDisk): Promise<void> {
    const [image, mountpoint] = [this.image(shareId), this.mountpoint(shareId)];
    await mkdir(join(this.folder, 'images'), { recursive: true, mode: 0o700 });
    await mkdir(mountpoint, { recursive: true, mode: 0o700 });
    if (!(await isMounted(mountpoint))) {
      if (!(await exists(image))) {
        if (made) throw new ShareProblem('Its data is not on this node any more.');
        await format(image, sizeBytes);
      }
      await shell('mount', ['-o', 'loop,nodev,nosuid,noatime', image, mountpoint]);
    }
    await mkdir(this.volumes(shareId), { recursive: true, mode: 0o755 });
  }

  isThere(shareId: string): Promise<boolean> {
    return isMounted(this.mountpoint(shareId));
  }

  /** With all that is on it. Idempotent. */
  async remove(shareId: string): Promise<void> {
    const mountpoint = this.mountpoint(shareId);
    if (await isMounted(mountpoint)) await shell('umount', [mountpoint]);
    await rm(this.image(shareId), { force: true });
    await rm(mountpoint, { recursive: true, force: true });
  }

  /** What files take and what there is, in bytes. */
  async usage(shareId: string): Promise<{ usedBytes: number; totalBytes: number }> {
    const { blocks, bfree, bsize } = await statfs(this.mountpoint(shareId));
    return { usedBytes: (blocks - bfree) * bsize, totalBytes: blocks * bsize };
  }

  async ensureVolume(shareId: string, volumeId: string): Promise<void> {
    await mkdir(this.volume(shareId, volumeId), { recursive: true, mode: 0o755 });
  }

  async removeVolume(shareId: string, volumeId: string): Promise<void> {
    await rm(this.volume(shareId, volumeId), { recursive: true, force: true });
  }

  /** What its file system could hold of shares: what is free, and what they take already. */
  async room(shareIds: readonly string[]): Promise<number> {
    await mkdir(join(this.folder, 'images'), { recursive: true, mode: 0o700 });
    const { bavail, bsize } = await statfs(this.folder);
    let bytes = bavail * bsize;
    for (const shareId of shareIds) bytes += ((await stat(this.image(shareId)).catch(() => null))?.blocks ?? 0) * 512;
    return bytes;
  }
}

/** They become parts of paths. */
function checked(id: string): string {
  if (isId(id)) return id;
  throw new ShareProblem('What was told of a share names no share.');
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** In this process’s view of mounts. */
export async function isMounted(path: string): Promise<boolean> {
  const real = await realpath(path).catch(() => null);
  if (real === null) return false;
  const table = await readFile('/proc/self/mountinfo', 'utf8');
  return table.split('\n').some((line) => unescaped(line.split(' ')[4] ?? '') === real);
}

const unescaped = (path: string): string =>
  path.replace(/\\([0-7]{3})/g, (_all, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

/** Under another name until it is whole: one that was begun and not finished is begun anew. */
async function format(image: string, sizeBytes: number): Promise<void> {
  const unfinished = `${image}.new`;
  const file = await open(unfinished, 'w', 0o600);
  try {
    await file.truncate(sizeBytes);
  } finally {
    await file.close();
  }
  // No blocks are kept back for root: containers are root too.
  await shell('mkfs.ext4', ['-q', '-F', '-m', '0', unfinished]);
  await rename(unfinished, image);
}
