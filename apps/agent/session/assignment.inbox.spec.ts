import { assignmentToWire } from '#libs/agent-protocol/assignment.translate.js';
import type { NodeAssignment } from '#libs/agent-protocol/node-assignment.js';
import { assignment } from '../testing/node-fixture.js';
import { AssignmentInbox, GenerationMismatch } from './assignment.inbox.js';

class Sink {
  heldGeneration = 0;
  readonly applied: [string, number, number][] = [];

  applySet(generation: number, assignments: readonly NodeAssignment[]): Promise<void> {
    return this.note('set', generation, assignments.length);
  }

  applyChange(generation: number, assignments: readonly NodeAssignment[]): Promise<void> {
    return this.note('change', generation, assignments.length);
  }

  private note(kind: string, generation: number, count: number): Promise<void> {
    this.applied.push([kind, generation, count]);
    this.heldGeneration = generation;
    return Promise.resolve();
  }
}

describe('assignment inbox', () => {
  const one = () => [assignmentToWire(assignment())];
  const change = (baseGeneration: number, generation: number, more = false) => ({
    baseGeneration,
    generation,
    assignments: one(),
    more,
  });
  let sink: Sink;
  let inbox: AssignmentInbox;
  beforeEach(() => {
    sink = new Sink();
    inbox = new AssignmentInbox(sink);
  });

  it('acts on a set when its last chunk is there', async () => {
    expect(await inbox.set({ generation: 3, assignments: one(), more: true })).toBeNull();
    expect(sink.applied).toEqual([]);
    expect(await inbox.set({ generation: 3, assignments: one(), more: false })).toBe(3);
    expect(sink.applied).toEqual([['set', 3, 2]]);
  });

  it('applies a change that follows what is held, in one piece', async () => {
    await inbox.set({ generation: 3, assignments: [], more: false });
    await inbox.change(change(3, 7, true));
    expect(await inbox.change(change(3, 7))).toBe(7);
    expect(sink.applied.at(-1)).toEqual(['change', 7, 2]);
  });

  it.each([
    ['a change before the full set', 0, 1],
    ['a gap', 4, 5],
    ['an older base', 2, 4],
  ])('refuses %s', async (what, base, generation) => {
    if (!what.includes('before')) await inbox.set({ generation: 3, assignments: [], more: false });
    await expect(inbox.change(change(base, generation))).rejects.toThrow(GenerationMismatch);
  });

  it('refuses a full set that is older than what is held', async () => {
    sink.heldGeneration = 9;
    await expect(inbox.set({ generation: 8, assignments: [], more: false })).rejects.toThrow(GenerationMismatch);
  });
});
