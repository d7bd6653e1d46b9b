export type Measure = (folder: string, signal: AbortSignal) => Promise<number | null>;

export interface SizeTiming {
  /** How often it is looked for volumes whose size is due. */
  lookMs: number;
  /** How old a size may become. */
  sizesEveryMs: number;
}

/** A volume whose files are counted. */
export interface Measured {
  volumeId: string;
  name: string;
}

export interface SizeLoopOptions {
  /** Where its files are; rejects where that cannot be said yet. */
  folderOf(volume: Measured): Promise<string>;
  measure: Measure;
  timing: SizeTiming;
  /** Those whose size is asked for now. */
  volumes(): Measured[];
  told(volumeId: string, bytes: number): void;
}

/** Counting files takes at most a tenth of the time. */
const restPerWork = 9;

/** Measures volumes one after the other, those that were never measured first. */
export class SizeLoop {
  private readonly measuredAt = new Map<string, number>();
  private readonly stopping = new AbortController();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: SizeLoopOptions) {}

  start(): void {
    this.later(this.options.timing.lookMs);
  }

  stop(): void {
    this.stopping.abort();
    clearTimeout(this.timer);
  }

  private later(ms: number): void {
    if (this.stopping.signal.aborted) return;
    this.timer = setTimeout(() => void this.one(), ms);
  }

  private async one(): Promise<void> {
    const { lookMs } = this.options.timing;
    const due = this.due();
    if (!due) return this.later(lookMs);
    const begun = performance.now();
    this.measuredAt.set(due.volumeId, Date.now());
    const bytes = await this.sizeOf(due);
    if (this.stopping.signal.aborted) return;
    if (bytes !== null) this.options.told(due.volumeId, bytes);
    this.later((performance.now() - begun) * restPerWork);
  }

  private due(): Measured | undefined {
    const volumes = this.options.volumes();
    const known = new Set(volumes.map(({ volumeId }) => volumeId));
    for (const id of this.measuredAt.keys()) if (!known.has(id)) this.measuredAt.delete(id);
    const latest = Date.now() - this.options.timing.sizesEveryMs;
    const at = ({ volumeId }: Measured) => this.measuredAt.get(volumeId) ?? 0;
    return volumes.filter((volume) => at(volume) <= latest).sort((a, b) => at(a) - at(b))[0];
  }

  /** Null where the engine does not have it yet, or its folder cannot be seen from here. */
  private async sizeOf(volume: Measured): Promise<number | null> {
    try {
      return await this.options.measure(await this.options.folderOf(volume), this.stopping.signal);
    } catch {
      return null;
    }
  }
}
