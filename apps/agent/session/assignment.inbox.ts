import { assignmentFromWire } from '#libs/agent-protocol/assignment.translate.js';
import type { AssignmentChange, AssignmentSet } from '#libs/agent-protocol/generated/pierhead/agent/v1/agent.js';
import type { NodeAssignment } from '#libs/agent-protocol/node-assignment.js';

/** What the inbox hands whole sets and changes to. */
export interface AssignmentSink {
  readonly heldGeneration: number;
  applySet(generation: number, assignments: readonly NodeAssignment[]): Promise<void>;
  applyChange(generation: number, assignments: readonly NodeAssignment[]): Promise<void>;
}

/** What arrived does not fit what is held; the session must begin again with a full set. */
export class GenerationMismatch extends Error {}

/** Puts the chunks of one session together and lets nothing older than what is held through. */
export class AssignmentInbox {
  private chunks: NodeAssignment[] = [];
  /** Within this session a change may only follow the full set. */
  private begun = false;

  constructor(private readonly sink: AssignmentSink) {}

  /** The generation that was applied, or null when more chunks follow. */
  async set({ generation, assignments, more }: AssignmentSet): Promise<number | null> {
    if (generation < this.sink.heldGeneration) {
      throw new GenerationMismatch(`Set ${generation} is older than ${this.sink.heldGeneration}, which is held.`);
    }
    const whole = this.collect(assignments.map(assignmentFromWire), more);
    if (!whole) return null;
    this.begun = true;
    await this.sink.applySet(generation, whole);
    return generation;
  }

  async change({ baseGeneration, generation, assignments, more }: AssignmentChange): Promise<number | null> {
    const held = this.sink.heldGeneration;
    if (!this.begun || baseGeneration !== held || generation < held) {
      throw new GenerationMismatch(`Change ${baseGeneration} to ${generation} does not follow ${held}.`);
    }
    const whole = this.collect(assignments.map(assignmentFromWire), more);
    if (!whole) return null;
    await this.sink.applyChange(generation, whole);
    return generation;
  }

  private collect(assignments: NodeAssignment[], more: boolean): NodeAssignment[] | null {
    this.chunks.push(...assignments);
    if (more) return null;
    const whole = this.chunks;
    this.chunks = [];
    return whole;
  }
}
