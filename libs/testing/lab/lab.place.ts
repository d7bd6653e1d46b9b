import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { entering, type Namespaces } from '#libs/launch/process/namespaces.js';
import { run, type RunOptions, type RunResult } from '#libs/launch/process/run.js';

/**
 * A machine made of namespaces: a network and mounts of its own, everything else shared with this machine. It
 * stands without any process in it, held by two files, until it is dissolved.
 */
export class LabPlace {
  readonly namespaces: Namespaces;
  private readonly holder: string;

  constructor(
    /** Of the network namespace; unique on the machine. */
    readonly netName: string,
    folder: string,
  ) {
    this.holder = join(folder, 'mounts');
    this.namespaces = { net: `/run/netns/${netName}`, mount: join(this.holder, 'mount') };
  }

  /**
   * @param ownFolders folders that the place has for itself: empty ones, gone with it
   */
  async make(ownFolders: readonly string[]): Promise<void> {
    await run('ip', ['netns', 'add', this.netName]);
    mkdirSync(this.holder, { recursive: true, mode: 0o700 });
    // A namespace can be held only below a mount that is not passed on to others.
    await run('mount', ['--bind', this.holder, this.holder]);
    await run('mount', ['--make-private', this.holder]);
    writeFileSync(this.namespaces.mount, '');
    const script = ownFolders
      .map((folder) => `mkdir -p '${folder}' && mount -t tmpfs -o mode=700 tmpfs '${folder}'`)
      .join(' && ');
    await this.hold(script || ':');
    // Not of the machine's own choosing: tests may change it without asking anybody.
    await this.setting('net.ipv4.ip_forward', '1');
    await run('ip', ['-n', this.netName, 'link', 'set', 'lo', 'up']);
  }

  /**
   * Only a namespace with a greater number than that of whoever holds it can be held, and newer kernels number them from
   * a range for each processor. In a namespace of one's own (a container), that of the wrong processor may be too low.
   */
  private async hold(script: string): Promise<void> {
    const args = [`--mount=${this.namespaces.mount}`, '--propagation', 'private', 'sh', '-c', script];
    const ways = [['unshare', ...args], ...cpus().map((_, cpu) => ['taskset', '-c', String(cpu), 'unshare', ...args])];
    for (const [index, [command = '', ...rest]] of ways.entries()) {
      try {
        await run(command, rest);
        return;
      } catch (error) {
        if (index === ways.length - 1 || !String(error).includes('Invalid argument')) throw error;
      }
    }
  }

  /** Quiet when there is nothing of it. Processes inside have to be ended before. */
  async dissolve(): Promise<void> {
    const quiet = { accept: [0, 1, 32] };
    await run('umount', ['-l', this.namespaces.mount], quiet);
    await run('umount', ['-l', this.holder], quiet);
    await run('ip', ['netns', 'delete', this.netName], quiet);
    rmSync(this.holder, { recursive: true, force: true });
  }

  /** Runs a program to its end inside; throws with what it wrote when it fails. */
  run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    const inside = entering(this.namespaces, command, args);
    return run(inside.command, inside.args, options);
  }

  /** A kernel setting of its network, e.g. `net.ipv4.ip_forward`. */
  async setting(name: string, value: string): Promise<void> {
    const path = `/proc/sys/${name.split('.').join('/')}`;
    await run('nsenter', [`--net=${this.namespaces.net}`, '--', 'sh', '-c', `echo ${value} > ${path}`]);
  }
}
