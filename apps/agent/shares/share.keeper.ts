import { join } from 'node:path';
import type { NodeShare, ShareReport, VolumeReport } from '#libs/agent-protocol/generated/pierhead/agent/v1/storage.js';
import type { Log } from '#libs/platform/log.js';
import { SizeLoop, type Measure, type SizeTiming } from '../storage/size.loop.js';
import { diskUsage } from '../storage/volume-size.js';
import { GaneshaServer } from './ganesha.server.js';
import { ShareBook } from './share.book.js';
import { ShareDisk } from './share.disk.js';
import { ShareProblem } from './shell.js';

export interface ShareKeeperOptions {
  /** The role’s own folder below the agent’s state. */
  folder: string;
  /** Where shares are served. */
  address: string;
  port: number;
  /** What is offered to shares; null: what the folder’s file system has. */
  totalBytes: number | null;
  log: Log;
  timing?: ShareTiming;
  measure?: Measure;
}

export interface ShareTiming extends SizeTiming {
  /** How often it is looked whether all is as it should be. */
  watchMs: number;
  /** How often what is used of shares is measured. */
  usageEveryMs: number;
  /** Of the NFS server, after it was started again. */
  graceSeconds: number;
}

export const shareTiming: ShareTiming = {
  graceSeconds: 10,
  watchMs: 1_000,
  usageEveryMs: 30_000,
  lookMs: 5_000,
  sizesEveryMs: 300_000,
};

export interface ShareLink {
  report(shares: ShareReport[], volumes: VolumeReport[]): void;
}

const unserved = 'The NFS server refuses to export it; its log says why.';

/** Of the file system, for what is not of shares. */
const offered = 0.9;

/**
 * The storage role of a node: brings the shares that it was told last to be, whole every time, serves them to the nodes
 * that may mount them, and says how each is. What is missing after a restart, of whatever, is made good by itself.
 */
export class ShareKeeper {
  readonly disk: ShareDisk;
  private readonly book: ShareBook;
  private readonly server: GaneshaServer;
  private readonly timing: ShareTiming;
  private readonly sizes: SizeLoop;
  private readonly told = new Map<string, ShareReport>();
  private readonly volumes = new Map<string, VolumeReport>();
  private link: ShareLink | null = null;
  private inOrder: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  private measuredAt = 0;
  private problem: string | null = null;
  private stopped = false;

  constructor(private readonly options: ShareKeeperOptions) {
    const { folder, address, port } = options;
    this.timing = options.timing ?? shareTiming;
    this.disk = new ShareDisk(folder);
    this.book = new ShareBook(join(folder, 'shares.json'));
    const { graceSeconds } = this.timing;
    this.server = new GaneshaServer({ address, port, graceSeconds, folder: join(folder, 'ganesha') }, () =>
      this.kick(),
    );
    this.sizes = new SizeLoop({
      folderOf: ({ volumeId, name }) => Promise.resolve(this.disk.volume(name, volumeId)),
      measure: options.measure ?? diskUsage,
      timing: this.timing,
      volumes: () => this.folders(),
      told: (volumeId, usedBytes) => this.tellVolume({ volumeId, usedBytes, gone: false }),
    });
  }

  /** Everything that is to be here is, or its report says why not, when this resolves. */
  async start(): Promise<void> {
    await this.book.load();
    await this.run();
    this.timer = setInterval(() => this.kick(), this.timing.watchMs);
    this.sizes.start();
  }

  /** Shares stay as they are, and are served on. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    this.sizes.stop();
    await this.inOrder;
  }

  async facts(): Promise<{ port: number; totalBytes: number }> {
    const { port, totalBytes } = this.options;
    const ids = this.book.shares.map(({ shareId }) => shareId);
    return { port, totalBytes: totalBytes ?? Math.floor((await this.disk.room(ids)) * offered) };
  }

  problems(): string[] {
    return this.problem === null ? [] : [this.problem];
  }

  open(link: ShareLink): void {
    this.link = link;
    const volumes = [...this.volumes.values()].filter(({ gone }) => !gone);
    if (this.told.size || volumes.length) link.report([...this.told.values()], volumes);
  }

  close(): void {
    this.link = null;
  }

  /** As it is to be from now on. Resolves when it was brought about as far as it could be. */
  receive(shares: readonly NodeShare[]): Promise<void> {
    return this.queue(async () => {
      await this.book.write(shares);
      // What is gone is told as often as it is asked for: the answer before may have been lost.
      const known = new Set(shares.map(({ shareId }) => shareId));
      for (const [id, { gone }] of this.volumes) if (gone) this.volumes.delete(id);
      for (const [id, { state }] of this.told) if (!known.has(id) || state === 'removed') this.told.delete(id);
      await this.bring();
    });
  }

  private kick(): void {
    void this.run();
  }

  private run(): Promise<void> {
    return this.queue(() => this.bring());
  }

  private queue(work: () => Promise<void>): Promise<void> {
    this.inOrder = this.inOrder
      .then(() => (this.stopped ? undefined : work()))
      .catch((error: unknown) => this.options.log.warn({ err: error }, 'Shares could not be looked after.'));
    return this.inOrder;
  }

  private async bring(): Promise<void> {
    const usageDue = Date.now() - this.measuredAt >= this.timing.usageEveryMs;
    const there: NodeShare[] = [];
    for (const share of this.book.shares) {
      if (share.removed) continue;
      const problem = await failure(() => this.disk.ensure(share));
      if (problem === null) there.push(share);
      else this.tell({ shareId: share.shareId, state: 'failed', message: problem });
    }
    let refused: ReadonlySet<string> = new Set();
    const served = await failure(async () => {
      refused = await this.serve(there);
    });
    this.noteProblem(served ?? (refused.size > 0 ? unserved : null));
    for (const share of there) {
      await this.keep(share, served ?? (refused.has(share.shareId) ? unserved : null), usageDue);
    }
    // Only when they are not served any more can they go.
    for (const share of this.book.shares) if (share.removed) await this.remove(share.shareId);
    if (usageDue) this.measuredAt = Date.now();
  }

  private serve(shares: readonly NodeShare[]): Promise<ReadonlySet<string>> {
    return this.server.bring(
      shares.map(({ shareId, clients }) => {
        return { shareId, clients, exportId: this.book.exportId(shareId), folder: this.disk.volumes(shareId) };
      }),
    );
  }

  private async keep({ shareId, folders }: NodeShare, served: string | null, usageDue: boolean): Promise<void> {
    const problem = await failure(async () => {
      for (const { volumeId, removed } of folders) {
        if (!removed) await this.disk.ensureVolume(shareId, volumeId);
        else if (this.volumes.get(volumeId)?.gone !== true) {
          await this.disk.removeVolume(shareId, volumeId);
          this.tellVolume({ volumeId, usedBytes: 0, gone: true });
        }
      }
    });
    const message = problem ?? served;
    if (message !== null) return this.tell({ shareId, state: 'failed', message });
    const isNew = this.told.get(shareId)?.state !== 'ready';
    const usage = usageDue || isNew ? await this.disk.usage(shareId).catch(() => null) : null;
    this.tell({ shareId, state: 'ready', message: '', ...usage });
  }

  private async remove(shareId: string): Promise<void> {
    if (this.told.get(shareId)?.state === 'removed') return;
    const problem = await failure(() => this.disk.remove(shareId));
    // Whoever writes to it still is let finish: it is tried again.
    this.tell({ shareId, state: problem === null ? 'removed' : 'pending', message: problem ?? '' });
  }

  private folders(): { volumeId: string; name: string }[] {
    return this.book.shares.flatMap(({ shareId, removed, folders }) =>
      removed ? [] : folders.filter((one) => !one.removed).map(({ volumeId }) => ({ volumeId, name: shareId })),
    );
  }

  /** Only what is news. */
  private tell(report: ShareReport): void {
    const before = this.told.get(report.shareId);
    const full = { ...before, ...report };
    if (before && JSON.stringify(before) === JSON.stringify(full)) return;
    this.told.set(report.shareId, full);
    this.link?.report([full], []);
  }

  private tellVolume(report: VolumeReport): void {
    this.volumes.set(report.volumeId, report);
    this.link?.report([], [report]);
  }

  private noteProblem(problem: string | null): void {
    if (problem !== null && problem !== this.problem) this.options.log.error({ problem }, 'Shares are not served.');
    this.problem = problem;
  }
}

/** Null when it was done, else the sentence that says why not. */
async function failure(work: () => Promise<void>): Promise<string | null> {
  try {
    await work();
    return null;
  } catch (error) {
    if (error instanceof ShareProblem || (error instanceof Error && 'code' in error)) return error.message;
    throw error;
  }
}
