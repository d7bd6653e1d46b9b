import { setTimeout as delay } from 'node:timers/promises';
import type { AgentDirectory, ContainerReport } from '#libs/core/agent/agent-directory.port.js';
import { DomainError } from '#libs/domain/error.js';
import type { Slots } from '#libs/platform/concurrency/slots.js';
import type { Log } from '#libs/platform/log.js';
import type { SessionLink } from './session.port.js';

const batchSize = 1_000;
const retryMs = 200;
/** More than this many reports wait: the session is not read until they are stored. */
export const fullAt = 2_000;

/**
 * Stores one session's reports in their order, many in one call, and only then tells the agent so. While the
 * database is away they wait here, and the agent is held back.
 */
export class ReportWriter {
  private waiting: ContainerReport[] = [];
  private applied: number | null = null;
  private working = false;

  constructor(
    private readonly session: SessionLink,
    private readonly directory: AgentDirectory,
    private readonly slots: Slots,
    private readonly log: Log,
    private readonly onRoom: () => void,
  ) {}

  get full(): boolean {
    return this.waiting.length >= fullAt;
  }

  add(reports: readonly ContainerReport[]): void {
    this.waiting.push(...reports);
    this.kick();
  }

  /** The agent acted on the set up to `generation`. */
  addApplied(generation: number): void {
    this.applied = Math.max(this.applied ?? 0, generation);
    this.kick();
  }

  private kick(): void {
    if (this.working) return;
    this.working = true;
    void this.run().finally(() => (this.working = false));
  }

  private async run(): Promise<void> {
    while (this.session.open && (this.waiting.length > 0 || this.applied !== null)) {
      try {
        await this.storeReports();
        await this.storeApplied();
      } catch (error) {
        if (error instanceof DomainError && ['stale', 'unauthenticated'].includes(error.code)) {
          return this.session.supersede(error.message);
        }
        this.log.debug({ node: this.session.nodeId, err: error }, 'Reports could not be stored yet.');
        await delay(retryMs);
      }
    }
  }

  private async storeReports(): Promise<void> {
    const batch = this.waiting.slice(0, batchSize);
    const last = batch.at(-1);
    if (!last) return;
    const { nodeId, epoch } = this.session;
    await this.slots.run(() => this.directory.report(nodeId, epoch, batch));
    this.waiting = this.waiting.slice(batch.length);
    if (!this.full) this.onRoom();
    await this.session.send({ $case: 'reportStored', value: { sequence: last.sequence } });
  }

  private async storeApplied(): Promise<void> {
    const { applied } = this;
    if (applied === null) return;
    this.applied = null;
    const { nodeId, epoch } = this.session;
    try {
      await this.slots.run(() => this.directory.applied(nodeId, epoch, applied));
    } catch (error) {
      this.applied = Math.max(this.applied ?? 0, applied);
      throw error;
    }
  }
}
