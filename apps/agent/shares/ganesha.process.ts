import { existsSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessIdentity } from '#libs/platform/process/proc.js';
import { KeptProcess } from '../process/kept.process.js';
import { ShareProblem } from './shell.js';

const mountTable = '/etc/mtab';

/** The node’s NFS server: one process. */
export class GaneshaProcess {
  private readonly process: KeptProcess;

  constructor(
    private readonly folder: string,
    private readonly configuration: string,
    onExit: () => void = () => undefined,
  ) {
    this.process = new KeptProcess(folder, 'ganesha', onExit);
  }

  get logFile(): string {
    return this.process.logFile;
  }

  running(): ProcessIdentity | null {
    return this.process.running();
  }

  /** Starts it with the configuration on disk. Resolves when the process is there, not when it serves. */
  async start(): Promise<void> {
    ensureMountTable();
    const own = join(this.folder, 'ganesha.own.pid');
    rmSync(own, { force: true });
    const args = ['-F', '-f', this.configuration, '-L', this.process.logFile, '-p', own];
    // It takes a name on the system’s bus that another one of this machine may have; nothing here asks it by that.
    const env = { DBUS_SYSTEM_BUS_ADDRESS: `unix:path=${join(this.folder, 'no-bus')}` };
    const isThere = await this.process.start('ganesha.nfsd', args, env).catch((error: NodeJS.ErrnoException) => {
      throw unusable(error);
    });
    if (!isThere) throw new ShareProblem('The NFS server ended at once; its log says why.');
  }

  /** It reads its exports anew: those that stay as they were, and files that are open in them, are not disturbed. */
  reload(): void {
    this.process.signal('SIGHUP');
  }

  stop(): Promise<void> {
    return this.process.stop();
  }

  trimLog(): void {
    this.process.trimLog();
  }
}

/** Where the server looks up which file system a folder is on. Small installations without an init system lack it. */
function ensureMountTable(): void {
  if (existsSync(mountTable)) return;
  try {
    symlinkSync('../proc/self/mounts', mountTable);
  } catch (error) {
    throw new ShareProblem(`The NFS server needs ${mountTable}, which can’t be made: ${(error as Error).message}.`);
  }
}

const unusable = (error: NodeJS.ErrnoException): ShareProblem =>
  error.code === 'ENOENT'
    ? new ShareProblem('No NFS server is installed on this node: install nfs-ganesha and nfs-ganesha-vfs.')
    : new ShareProblem(`The NFS server can’t be run: ${error.message}.`);
