import { setTimeout as delay } from 'node:timers/promises';
import { EdgeDirectory, type EdgeAcknowledgement } from '#libs/core/edge/edge-directory.port.js';
import { DomainError } from '#libs/domain/error.js';
import type { Log } from '#libs/platform/log.js';
import type { SessionLink } from '../session/session.port.js';

const retryMs = 200;

/** Writes down what one edge has in force, many projects in one call; while the database is away they wait here. */
export class EdgeNotes {
  private waiting = new Map<string, EdgeAcknowledgement>();
  private working = false;

  constructor(
    private readonly session: SessionLink,
    private readonly directory: EdgeDirectory,
    private readonly log: Log,
  ) {}

  add(acknowledgement: EdgeAcknowledgement): void {
    const { projectId, problems } = acknowledgement;
    const before = this.waiting.get(projectId);
    this.waiting.set(projectId, {
      projectId,
      version: Math.max(acknowledgement.version, before?.version ?? 0),
      problems: problems ?? before?.problems ?? null,
    });
    if (this.working) return;
    this.working = true;
    void this.run().finally(() => (this.working = false));
  }

  private async run(): Promise<void> {
    // What comes in the same breath goes in the same call.
    await Promise.resolve();
    while (this.session.open && this.waiting.size > 0) {
      const batch = this.waiting;
      this.waiting = new Map();
      try {
        await this.directory.acknowledge(this.session.nodeId, this.session.epoch, [...batch.values()]);
      } catch (error) {
        if (error instanceof DomainError && error.code === 'stale') return this.session.supersede(error.message);
        this.log.debug({ node: this.session.nodeId, err: error }, 'What an edge has in force is not noted yet.');
        for (const [id, old] of batch) {
          const newer = this.waiting.get(id);
          this.waiting.set(id, newer ? { ...newer, problems: newer.problems ?? old.problems } : old);
        }
        await delay(retryMs);
      }
    }
  }
}
