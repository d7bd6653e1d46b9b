import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomically } from '../state/atomic-file.js';
import { ganeshaConfig, type Export, type GaneshaSettings } from './ganesha.config.js';
import { GaneshaLog } from './ganesha.log.js';
import { GaneshaProcess } from './ganesha.process.js';

/** It is told anew so often what it refused: what was in the way may be gone. */
const againMs = 10_000;

/** The exports of this node, by the NFS server’s configuration; it runs whenever there is one that was written. */
export class GaneshaServer {
  private readonly process: GaneshaProcess;
  private readonly log: GaneshaLog;
  private readonly configuration: string;
  /** When it was told its exports; null: not by this agent. */
  private toldAt: number | null = null;

  constructor(
    private readonly settings: GaneshaSettings,
    onExit: () => void,
  ) {
    this.configuration = join(settings.folder, 'ganesha.conf');
    this.process = new GaneshaProcess(settings.folder, this.configuration, onExit);
    this.log = new GaneshaLog(this.process.logFile);
  }

  get isRunning(): boolean {
    return this.process.running() !== null;
  }

  /**
   * @returns shares that the server does not export although it was told to; its log says why
   * @throws ShareProblem when it cannot be started
   */
  async bring(exports: readonly Export[]): Promise<ReadonlySet<string>> {
    const { folder } = this.settings;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const text = ganeshaConfig(this.settings, exports);
    const before = await readFile(this.configuration, 'utf8').catch(() => null);
    if (before !== text) await writeAtomically(this.configuration, text, true);
    this.process.trimLog();
    const refused = await this.log.refusedShares();
    const isRunning = this.isRunning;
    const isDue = this.toldAt === null || (refused.size > 0 && Date.now() - this.toldAt >= againMs);
    if (isRunning && before === text && !isDue) return refused;
    await this.log.begin();
    if (isRunning) this.process.reload();
    else await this.process.start();
    this.toldAt = Date.now();
    return refused;
  }

  stop(): Promise<void> {
    return this.process.stop();
  }
}
