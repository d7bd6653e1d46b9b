import type {
  NodeVolume,
  StorageReport,
  StorageState,
  VolumeReport,
} from '#libs/agent-protocol/generated/pierhead/agent/v1/storage.js';
import type { Log } from '#libs/platform/log.js';
import type { RuntimeDriver } from '#libs/runtime/runtime.driver.js';
import type { ShareKeeper } from '../shares/share.keeper.js';
import type { FoundVolumes } from './found-volumes.js';
import { SizeLoop, type Measure, type SizeTiming } from './size.loop.js';
import type { VolumeFences } from './volume-fences.js';
import { diskUsage } from './volume-size.js';

export interface StorageTiming extends SizeTiming {
  /** Reports are gathered for so long. */
  gatherMs: number;
  /** First wait after a removal that the engine refused; doubled up to the longest. */
  retryMs: number;
  longestRetryMs: number;
}

export const storageTiming: StorageTiming = {
  gatherMs: 50,
  retryMs: 500,
  longestRetryMs: 30_000,
  lookMs: 5_000,
  sizesEveryMs: 300_000,
};

export interface StorageOptions {
  driver: RuntimeDriver;
  fences: VolumeFences;
  found: FoundVolumes;
  /** Ends containers that were given the volume with a lower fence. */
  fenceOff(volumeId: string, fence: number): Promise<void>;
  /** Of a node with the storage role. */
  keeper?: ShareKeeper | null;
  log: Log;
  timing?: StorageTiming | undefined;
  measure?: Measure | undefined;
}

/** What a session lets this part say. */
export interface StorageLink {
  report(report: StorageReport): void;
  applied(generation: number): void;
}

/**
 * Brings the node’s volumes to the state it was told last, whole every time: removes what was deleted, keeps fences,
 * and tells sizes. What it was told before a restart is told to it again, so nothing of this is kept on disk but fences.
 */
export class StorageService {
  private readonly timing: StorageTiming;
  private readonly sizes: SizeLoop;
  private readonly used = new Map<string, number>();
  private readonly gone = new Set<string>();
  private readonly dirty = new Set<string>();
  private volumes: NodeVolume[] = [];
  private link: StorageLink | null = null;
  private foundChanged = false;
  private inOrder: Promise<void> = Promise.resolve();
  private retry: NodeJS.Timeout | undefined;
  private gathering: NodeJS.Timeout | undefined;
  private attempts = 0;
  private stopped = false;

  constructor(private readonly options: StorageOptions) {
    this.timing = options.timing ?? storageTiming;
    this.sizes = new SizeLoop({
      folderOf: async ({ name }) => (await options.driver.inspectVolume(name)).mountpoint,
      measure: options.measure ?? diskUsage,
      timing: this.timing,
      volumes: () => this.volumes.filter(({ removed }) => !removed),
      told: (volumeId, bytes) => this.measured(volumeId, bytes),
    });
    options.found.onNew(() => {
      this.foundChanged = true;
      this.gather();
    });
  }

  /** Takes up what earlier lives of the agent made; may be repeated. */
  load(): Promise<void> {
    return this.options.found.load(this.options.driver);
  }

  start(): void {
    this.sizes.start();
  }

  stop(): void {
    this.stopped = true;
    this.sizes.stop();
    clearTimeout(this.retry);
    clearTimeout(this.gathering);
  }

  /** A session begins: everything is told anew. */
  open(link: StorageLink): void {
    this.link = link;
    this.options.keeper?.open({ report: (shares, volumes) => link.report({ shares, volumes, found: [] }) });
    for (const id of this.used.keys()) this.dirty.add(id);
    this.foundChanged = this.options.found.all.length > 0;
    this.gather();
  }

  close(): void {
    this.link = null;
    this.options.keeper?.close();
  }

  receive(state: StorageState): void {
    this.inOrder = this.inOrder
      .then(() => this.apply(state))
      .catch((error: unknown) => this.options.log.warn({ err: error }, 'What was told of volumes could not be done.'));
  }

  private async apply({ generation, volumes, shares }: StorageState): Promise<void> {
    const link = this.link;
    await this.options.keeper?.receive(shares);
    this.volumes = volumes;
    this.attempts = 0;
    const known = new Set(volumes.map(({ volumeId }) => volumeId));
    for (const id of [...this.used.keys()]) if (!known.has(id)) this.used.delete(id);
    for (const id of [...this.gone]) if (!known.has(id)) this.gone.delete(id);
    for (const { volumeId, fence } of volumes) {
      if (fence > 0 && (await this.options.fences.learn(volumeId, fence))) await this.options.fenceOff(volumeId, fence);
    }
    await this.removeAll();
    link?.applied(generation);
  }

  /** What was removed is told as often as it is asked for: the answer before may have been lost. */
  private async removeAll(): Promise<void> {
    clearTimeout(this.retry);
    let left = false;
    for (const { volumeId, name, removed } of this.volumes) {
      if (!removed || this.stopped) continue;
      try {
        await this.options.driver.removeVolume(name);
        await this.options.fences.forget(volumeId);
        this.options.found.forget(volumeId);
        this.gone.add(volumeId);
        this.dirty.add(volumeId);
      } catch (error) {
        left = true;
        this.options.log.debug({ volume: volumeId, err: error }, 'A volume cannot be removed yet.');
      }
    }
    this.gather();
    if (!left || this.stopped) return;
    const waitMs = Math.min(this.timing.longestRetryMs, this.timing.retryMs * 2 ** this.attempts++);
    this.retry = setTimeout(() => {
      this.inOrder = this.inOrder.then(() => this.removeAll()).catch(() => undefined);
    }, waitMs);
  }

  private measured(volumeId: string, bytes: number): void {
    if (this.used.get(volumeId) === bytes) return;
    this.used.set(volumeId, bytes);
    this.dirty.add(volumeId);
    this.gather();
  }

  private gather(): void {
    if (this.gathering || this.stopped) return;
    this.gathering = setTimeout(() => {
      this.gathering = undefined;
      this.flush();
    }, this.timing.gatherMs);
  }

  private flush(): void {
    if (!this.link || (this.dirty.size === 0 && !this.foundChanged)) return;
    const volumes = [...this.dirty].map((volumeId): VolumeReport => ({
      volumeId,
      usedBytes: this.used.get(volumeId) ?? 0,
      gone: this.gone.has(volumeId),
    }));
    const found = this.foundChanged ? this.options.found.all : [];
    this.dirty.clear();
    this.foundChanged = false;
    this.link.report({ volumes, shares: [], found });
  }
}
