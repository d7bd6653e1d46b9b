import type { AgentDirectory, AssignmentBatch } from '#libs/core/agent/agent-directory.port.js';
import { DomainError } from '#libs/domain/error.js';
import type { Slots } from '#libs/platform/concurrency/slots.js';
import type { Log } from '#libs/platform/log.js';
import { chunked } from './assignment.chunk.js';
import type { SessionLink } from './session.port.js';

/**
 * Brings one session's agent to the newest assignments: the full set first, then whatever came since. Wake-ups
 * that arrive while it is at work are answered by one further look.
 */
export class AssignmentSender {
  private sent: number | null = null;
  private working = false;
  private again = false;
  private lookedAt = 0;

  constructor(
    private readonly session: SessionLink,
    private readonly directory: AgentDirectory,
    private readonly slots: Slots,
    private readonly log: Log,
  ) {}

  kick(): void {
    this.again = true;
    if (this.working) return;
    this.working = true;
    void this.run().finally(() => (this.working = false));
  }

  /** Looks again when nobody said anything for `pollMs`. */
  poll(now: number, pollMs: number): void {
    if (now - this.lookedAt >= pollMs) this.kick();
  }

  private async run(): Promise<void> {
    try {
      while (this.again && this.session.open) {
        this.again = false;
        this.lookedAt = Date.now();
        await this.bring();
      }
    } catch (error) {
      if (error instanceof DomainError && ['stale', 'unauthenticated'].includes(error.code)) {
        return this.session.supersede(error.message);
      }
      // The poll tries again.
      this.log.debug({ node: this.session.nodeId, err: error }, 'Assignments could not be read.');
    }
  }

  private async bring(): Promise<void> {
    const { nodeId } = this.session;
    const base = this.sent;
    const batch = await this.slots.run(() =>
      base === null ? this.directory.allAssignments(nodeId) : this.directory.assignmentsSince(nodeId, base),
    );
    if (!batch) return;
    if (base === null) await this.sendSet(batch);
    else await this.sendChange(base, batch);
    this.sent = batch.generation;
  }

  private async sendSet({ generation, assignments }: AssignmentBatch): Promise<void> {
    for (const { chunk, more } of chunked(assignments)) {
      const value = { generation, assignments: chunk, more };
      if (!(await this.session.send({ $case: 'assignments', value }))) return;
    }
  }

  private async sendChange(baseGeneration: number, { generation, assignments }: AssignmentBatch): Promise<void> {
    for (const { chunk, more } of chunked(assignments)) {
      const value = { baseGeneration, generation, assignments: chunk, more };
      if (!(await this.session.send({ $case: 'change', value }))) return;
    }
  }
}
