import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomically } from '../state/atomic-file.js';
import { ganeshaConfig, type Export, type GaneshaSettings } from './ganesha.config.js';
import { GaneshaProcess } from './ganesha.process.js';

/** The exports of this node, by the NFS server’s configuration; it runs whenever there is one that was written. */
export class GaneshaServer {
  private readonly process: GaneshaProcess;
  private readonly configuration: string;

  constructor(
    private readonly settings: GaneshaSettings,
    onExit: () => void,
  ) {
    this.configuration = join(settings.folder, 'ganesha.conf');
    this.process = new GaneshaProcess(settings.folder, this.configuration, onExit);
  }

  get isRunning(): boolean {
    return this.process.running() !== null;
  }

  /** @throws ShareProblem when it cannot be started */
  async bring(exports: readonly Export[]): Promise<void> {
    const { folder } = this.settings;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const text = ganeshaConfig(this.settings, exports);
    const before = await readFile(this.configuration, 'utf8').catch(() => null);
    if (before !== text) await writeAtomically(this.configuration, text, true);
    this.process.trimLog();
    if (!this.isRunning) await this.process.start();
    else if (before !== text) this.process.reload();
  }

  stop(): Promise<void> {
    return this.process.stop();
  }
}
