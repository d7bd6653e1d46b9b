import { run, type RunResult } from '#libs/launch/process/run.js';

/** Runs a program where the client is to be; this machine when not given. */
export type Where = (command: string, args: readonly string[], options?: { accept?: number[] }) => Promise<RunResult>;

const anyEnd = { accept: Array.from({ length: 256 }, (_, code) => code) };

/**
 * Debian’s NFS tools, which speak NFS 4 by themselves. They cannot write more than some 3,800 bytes at once, whatever
 * the server allows: larger files are no test of it.
 */
export class NfsClient {
  constructor(
    private readonly address: string,
    private readonly port: number,
    private readonly where: Where = run,
  ) {}

  /** Names in a folder; null where the server does not let this client see it. */
  async list(path: string): Promise<string[] | null> {
    const { code, stdout } = await this.where('nfs-ls', [this.url(path)], anyEnd);
    if (code !== 0) return null;
    return stdout.split('\n').flatMap((line) => line.trim().split(/\s+/)[5] ?? []);
  }

  /** False when the server refuses it. */
  async write(file: string, path: string): Promise<boolean> {
    return (await this.where('nfs-cp', [file, this.url(path)], anyEnd)).code === 0;
  }

  async read(path: string): Promise<string> {
    return (await this.where('nfs-cat', [this.url(path)])).stdout;
  }

  url(path: string): string {
    return `nfs://${this.address}${path}?version=4&nfsport=${this.port}`;
  }
}
