import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isIPv6 } from 'node:net';
import { shareMountOf, type ShareSource } from '#libs/domain/file-share/mount.js';
import { isId } from '#libs/domain/id.js';
import { RuntimeError } from '#libs/runtime/runtime.error.js';
import type { NodePlaceFacts } from './node.place.js';
import { isMounted, type ShareDisk } from './share.disk.js';
import { shell, ShareProblem } from './shell.js';

export interface ShareMountsOptions {
  nodeId: string;
  place: NodePlaceFacts;
  /** Of a node that keeps shares itself. */
  disk: ShareDisk | null;
  /** Where shares of other nodes of this machine are attached. */
  folder: string;
}

/** How this node reaches the volumes of file shares: as options of the engine’s `local` driver. */
export class ShareMounts {
  constructor(private readonly options: ShareMountsOptions) {}

  /** Errors: `invalid` with a sentence when this node cannot reach it, `unavailable` when it cannot yet. */
  async optionsFor(source: ShareSource, volumeId: string): Promise<Record<string, string>> {
    if (!isId(source.shareId) || !isId(volumeId)) throw unavailable('What was told of a share names no share.');
    const { nodeId, place } = this.options;
    const { kind, sentence } = shareMountOf({ nodeId, ...place }, source);
    // It stays so: the container has to go elsewhere.
    if (kind === null) throw new RuntimeError('invalid', sentence);
    if (kind === 'nfs') return nfsOptions(source, volumeId);
    return { type: 'none', o: 'bind', device: await this.folder(source, volumeId) };
  }

  /** Of the volume, where it is bound; it is there when this resolves. */
  async folder(source: ShareSource, volumeId: string): Promise<string> {
    const { disk, nodeId } = this.options;
    try {
      if (source.nodeId === nodeId) {
        if (!disk || !(await disk.isThere(source.shareId))) throw new ShareProblem('The share is not ready here yet.');
        await disk.ensureVolume(source.shareId, volumeId);
        return disk.volume(source.shareId, volumeId);
      }
      const folder = join(await this.attach(source.shareId), 'volumes', volumeId);
      await mkdir(folder, { recursive: true, mode: 0o755 });
      return folder;
    } catch (error) {
      throw unavailable((error as Error).message);
    }
  }

  /** Nothing on this node uses the share any more. */
  async release(shareId: string): Promise<void> {
    const mountpoint = join(this.options.folder, shareId);
    if (!isId(shareId) || !(await isMounted(mountpoint))) return;
    await shell('umount', [mountpoint]);
    await rm(mountpoint, { recursive: true, force: true });
  }

  /**
   * Another node of this machine has the share as a loop device. The same device mounted once more is the same file
   * system, also from another view of mounts.
   */
  private async attach(shareId: string): Promise<string> {
    const mountpoint = join(this.options.folder, shareId);
    if (await isMounted(mountpoint)) return mountpoint;
    const device = await loopDeviceOf(shareId);
    if (device === null) throw new ShareProblem('The share’s node on this machine has not made it ready yet.');
    await mkdir(mountpoint, { recursive: true, mode: 0o700 });
    await shell('mount', ['-t', 'ext4', '-o', 'nodev,nosuid,noatime', device, mountpoint]);
    return mountpoint;
  }
}

async function loopDeviceOf(shareId: string): Promise<string | null> {
  for (const name of await readdir('/sys/block')) {
    if (!name.startsWith('loop')) continue;
    const file = await readFile(`/sys/block/${name}/loop/backing_file`, 'utf8').catch(() => '');
    if (basename(file.trim()) === `${shareId}.img`) return `/dev/${name}`;
  }
  return null;
}

function nfsOptions({ shareId, address, port }: ShareSource, volumeId: string): Record<string, string> {
  const host = isIPv6(address) ? `[${address}]` : address;
  return {
    type: 'nfs',
    o: `addr=${address},port=${port},vers=4.1,proto=tcp,hard`,
    device: `${host}:/${shareId}/${volumeId}`,
  };
}

const unavailable = (sentence: string): RuntimeError => new RuntimeError('unavailable', sentence);
