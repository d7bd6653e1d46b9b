import { assignmentToWire } from '#libs/agent-protocol/assignment.translate.js';
import { Assignment } from '#libs/agent-protocol/generated/pierhead/agent/v1/agent.js';
import type { Assignment as CoreAssignment } from '#libs/core/agent/agent-directory.port.js';

const mostAssignments = 500;
const mostBytes = 1024 * 1024;

/** Assignments in messages of a size that any agent takes; at least one, which may be empty. */
export function* chunked(assignments: readonly CoreAssignment[]): Generator<{ chunk: Assignment[]; more: boolean }> {
  let chunk: Assignment[] = [];
  let bytes = 0;
  for (const assignment of assignments) {
    const next = assignmentToWire(assignment);
    const size = Assignment.encode(next).finish().byteLength;
    if (chunk.length > 0 && (chunk.length === mostAssignments || bytes + size > mostBytes)) {
      yield { chunk, more: true };
      chunk = [];
      bytes = 0;
    }
    chunk.push(next);
    bytes += size;
  }
  yield { chunk, more: false };
}
