import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '#libs/platform/log.js';
import type { ContainerRecord } from '../converge/container.record.js';
import { writeAtomically } from './atomic-file.js';
import { StateStore, type NodeState } from './state.store.js';

const settleMs = 50;

/**
 * One small file per container, so that a change costs one small write however many there are. Registry
 * credentials are left out: a container that still has to be pulled gets them with the next full set.
 */
export class FileStateStore extends StateStore {
  private readonly dirty = new Map<string, ContainerRecord | null>();
  private generation: number | null = null;
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly folder: string,
    private readonly log: Log,
  ) {
    super();
  }

  async load(): Promise<NodeState> {
    await mkdir(this.containersFolder, { recursive: true, mode: 0o700 });
    const containers: ContainerRecord[] = [];
    for (const name of await readdir(this.containersFolder)) {
      const path = join(this.containersFolder, name);
      if (!name.endsWith('.json')) {
        await rm(path, { force: true });
        continue;
      }
      const record = await this.read<ContainerRecord>(path);
      if (record) containers.push(upToDate(record));
    }
    const set = await this.read<{ generation: number }>(this.setPath);
    return { generation: set?.generation ?? 0, containers };
  }

  save(record: ContainerRecord): void {
    this.dirty.set(record.assignment.containerId, record);
    this.schedule();
  }

  remove(containerId: string): void {
    this.dirty.set(containerId, null);
    this.schedule();
  }

  setGeneration(generation: number): void {
    this.generation = generation;
    this.schedule();
  }

  flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const write = this.writing.then(() => this.write());
    this.writing = write.catch((error: unknown) => {
      this.log.error({ err: error }, 'The agent’s state could not be written.');
    });
    return write;
  }

  private get containersFolder(): string {
    return join(this.folder, 'containers');
  }

  private get setPath(): string {
    return join(this.folder, 'set.json');
  }

  private schedule(): void {
    this.timer ??= setTimeout(() => void this.flush().catch(() => undefined), settleMs);
  }

  private async write(): Promise<void> {
    const batch = [...this.dirty];
    this.dirty.clear();
    try {
      for (const [id, record] of batch) {
        const path = join(this.containersFolder, `${id}.json`);
        if (record) await writeAtomically(path, JSON.stringify(withoutCredentials(record)), false);
        else await rm(path, { force: true });
      }
      // After the containers: a generation on disk promises that its assignments are there too.
      const { generation } = this;
      this.generation = null;
      if (generation !== null) await writeAtomically(this.setPath, JSON.stringify({ generation }), false);
    } catch (error) {
      for (const [id, record] of batch) if (!this.dirty.has(id)) this.dirty.set(id, record);
      throw error;
    }
  }

  private async read<T>(path: string): Promise<T | null> {
    try {
      return JSON.parse(await readFile(path, 'utf8')) as T;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
        this.log.warn({ path, err: error }, 'A state file could not be read and is left out.');
      }
      return null;
    }
  }
}

/** Of an agent before this one; the next full set says what is missing. */
const upToDate = ({ assignment, run }: ContainerRecord): ContainerRecord => ({
  assignment: { ...noVolumes, ...assignment },
  run,
});
const noVolumes = { volumes: [], volumeSet: null, volumesFrom: [] };

const withoutCredentials = ({ assignment, run }: ContainerRecord): ContainerRecord => ({
  assignment: { ...assignment, credentials: null },
  run,
});
