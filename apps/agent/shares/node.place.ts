import { readFile } from 'node:fs/promises';
import { shell } from './shell.js';

/** What of this node decides on how it reaches shares. */
export interface NodePlaceFacts {
  nfsClient: boolean;
  /** The same for all nodes of this running kernel; null where it does not say. */
  machine: string | null;
}

export async function nodePlace(mode: 'auto' | 'on' | 'off'): Promise<NodePlaceFacts> {
  const machine = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  return { nfsClient: mode === 'auto' ? await canMountNfs() : mode === 'on', machine: machine.trim() || null };
}

/** The kernel knows NFS 4, or has a module for it. */
async function canMountNfs(): Promise<boolean> {
  const known = await readFile('/proc/filesystems', 'utf8').catch(() => '');
  if (/\bnfs4$/m.test(known)) return true;
  return shell('modprobe', ['--dry-run', '--quiet', 'nfsv4']).then(
    () => true,
    () => false,
  );
}
