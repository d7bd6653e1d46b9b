import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeAtomically } from './atomic-file.js';

type Grants = Record<string, string[]>;

/**
 * Which projects may run an image that came to this node with somebody's registry credentials. An image that is not
 * listed came without any, or was there before: it is everybody's. The engine itself keeps no such record.
 */
export class ImageGrants {
  private readonly projects = new Map<string, Set<string>>();
  private loaded: Promise<void> | null = null;
  private writing: Promise<void> = Promise.resolve();

  /** @param file where they are kept; null keeps them for the life of the process */
  constructor(private readonly file: string | null) {}

  async allows(imageId: string, projectId: string): Promise<boolean> {
    await this.load();
    return this.projects.get(imageId)?.has(projectId) ?? true;
  }

  /** Whoever else wants the image has to show credentials of its own. On disk when this resolves. */
  async grant(imageId: string, projectId: string): Promise<void> {
    await this.load();
    const known = this.projects.get(imageId) ?? new Set<string>();
    if (known.has(projectId)) return;
    this.projects.set(imageId, known.add(projectId));
    await this.write();
  }

  /** It can be had without credentials. */
  async open(imageId: string): Promise<void> {
    await this.load();
    if (this.projects.delete(imageId)) await this.write();
  }

  private load(): Promise<void> {
    return (this.loaded ??= this.read());
  }

  private async read(): Promise<void> {
    if (!this.file) return;
    try {
      const grants = JSON.parse(await readFile(this.file, 'utf8')) as Grants;
      for (const [image, projects] of Object.entries(grants)) this.projects.set(image, new Set(projects));
    } catch (error) {
      // An unreadable record must not open anything: without it nothing private would be known as such.
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
        const grants: Grants = Object.fromEntries([...this.projects].map(([image, known]) => [image, [...known]]));
        await writeAtomically(file, JSON.stringify(grants), true);
      });
    this.writing = next;
    await next;
  }
}
