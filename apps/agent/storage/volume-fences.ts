import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeAtomically } from '../state/atomic-file.js';

/**
 * The highest fence that this node has seen of each volume with one writer. It outlives the agent: a container that was
 * given the volume before must not start again after it went to another.
 */
export class VolumeFences {
  private readonly highest = new Map<string, number>();
  private loaded: Promise<void> | null = null;
  private writing: Promise<void> = Promise.resolve();

  /** @param file where they are kept; null keeps them for the life of the process */
  constructor(private readonly file: string | null) {}

  /** False when a higher one was seen; else on disk when this resolves. */
  async admit(volumeId: string, fence: number): Promise<boolean> {
    await this.learn(volumeId, fence);
    return (this.highest.get(volumeId) ?? 0) <= fence;
  }

  /** True when it is higher than any seen before; on disk when this resolves. */
  async learn(volumeId: string, fence: number): Promise<boolean> {
    await this.load();
    if (fence <= (this.highest.get(volumeId) ?? 0)) return false;
    this.highest.set(volumeId, fence);
    await this.write();
    return true;
  }

  /** The volume is gone. */
  async forget(volumeId: string): Promise<void> {
    await this.load();
    if (this.highest.delete(volumeId)) await this.write();
  }

  private load(): Promise<void> {
    return (this.loaded ??= this.read());
  }

  private async read(): Promise<void> {
    if (!this.file) return;
    try {
      const known = JSON.parse(await readFile(this.file, 'utf8')) as Record<string, number>;
      for (const [volumeId, fence] of Object.entries(known)) this.highest.set(volumeId, fence);
    } catch (error) {
      // Without the record nobody could be kept out: an unreadable one keeps everybody out until it is mended.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      this.loaded = null;
      throw error;
    }
  }

  private async write(): Promise<void> {
    const { file } = this;
    if (!file) return;
    const next = this.writing
      .catch(() => undefined)
      .then(async () => {
        await mkdir(dirname(file), { recursive: true, mode: 0o700 });
        await writeAtomically(file, JSON.stringify(Object.fromEntries(this.highest)), true);
      });
    this.writing = next;
    await next;
  }
}
