import { createHash } from 'node:crypto';
import { EdgeProject, type EdgeState } from '#libs/agent-protocol/generated/pierhead/agent/v1/edge.js';
import type { EdgeAcknowledgement } from '#libs/core/edge/edge-directory.port.js';
import type { SessionLink } from '../session/session.port.js';

const mostBytes = 1024 * 1024;

/** What an agent was last sent of a project. */
interface Sent {
  digest: string;
  /** In which it came last. */
  generation: number;
  sentAt: number;
  /** Reads that gave just this; what is in force is in force as of the newest of them. */
  version: number;
  inForce: boolean;
  /** Older states that the agent has not confirmed, from the oldest on. */
  before: { generation: number; version: number }[];
}

/**
 * Tells one edge's agent its projects: all of them first, then those that changed, and keeps as of which read of the
 * database each is in force there. What changes while the agent is slow to take is sent once, as it is then.
 */
export class EdgeSender {
  private generation = 0;
  private readonly sent = new Map<string, Sent>();
  private waiting = new Map<string, { project: EdgeProject | null; version: number }>();
  private begun = false;
  private sending = false;

  /** @param owner whose routes the node serves; null: everybody's */
  constructor(
    readonly session: SessionLink,
    readonly owner: string | null,
    private readonly acknowledged: (acknowledgement: EdgeAcknowledgement) => void,
    private readonly now: () => number,
  ) {}

  /** What the edge is to serve of a project as of `version`; null: nothing. */
  set(projectId: string, project: EdgeProject | null, version: number): void {
    this.waiting.set(projectId, { project, version });
  }

  /** Every project that it serves was set. */
  begin(): void {
    this.begun = true;
    this.flush();
  }

  flush(): void {
    if (this.sending || !this.begun) return;
    this.sending = true;
    void this.run().finally(() => (this.sending = false));
  }

  /** The agent has the project in force as it came last, in `generation`. */
  projectApplied(projectId: string, generation: number, problems: EdgeAcknowledgement['problems']): void {
    const sent = this.sent.get(projectId);
    if (!sent) return;
    const done = sent.before.filter((state) => state.generation <= generation);
    sent.before = sent.before.filter((state) => state.generation > generation);
    sent.inForce ||= sent.generation <= generation;
    const version = sent.inForce ? sent.version : done.at(-1)?.version;
    // The problems of what is not in force yet are worth knowing all the same.
    if (version !== undefined || problems?.length) this.acknowledged({ projectId, version: version ?? 0, problems });
  }

  /** Everything up to `generation` is in force. */
  applied(generation: number): void {
    for (const [projectId, sent] of this.sent) {
      if (!sent.inForce && sent.generation <= generation) this.projectApplied(projectId, generation, null);
    }
  }

  /** How long the project that waits longest for its confirmation has done so. */
  get lagMs(): number {
    const waiting = [...this.sent.values()].filter(({ inForce }) => !inForce).map(({ sentAt }) => sentAt);
    return waiting.length ? this.now() - Math.min(...waiting) : 0;
  }

  get projects(): number {
    return this.sent.size;
  }

  private async run(): Promise<void> {
    while (this.session.open && (this.waiting.size > 0 || this.generation === 0)) {
      const { projects, removed } = this.takeChanges(this.generation + 1);
      if (!projects.length && !removed.length && this.generation > 0) continue;
      this.generation += 1;
      for (const value of parts(this.generation, projects, removed)) {
        if (!(await this.session.send({ $case: 'edge', value }))) return;
      }
    }
  }

  private takeChanges(generation: number): { projects: EdgeProject[]; removed: string[] } {
    const projects: EdgeProject[] = [];
    const removed: string[] = [];
    const { waiting } = this;
    this.waiting = new Map();
    for (const [projectId, { project, version }] of waiting) {
      const present = this.sent.get(projectId);
      if (project === null) {
        if (this.sent.delete(projectId)) removed.push(projectId);
        continue;
      }
      const digest = digestOf(project);
      if (present?.digest === digest) {
        // The same as before, and true of a later moment: what was waited for did not concern the edges.
        present.version = Math.max(present.version, version);
        if (present.inForce) this.acknowledged({ projectId, version: present.version, problems: null });
        continue;
      }
      const unconfirmed =
        present && !present.inForce ? [{ generation: present.generation, version: present.version }] : [];
      const before = [...(present?.before ?? []), ...unconfirmed];
      this.sent.set(projectId, { digest, generation, version, sentAt: this.now(), inForce: false, before });
      projects.push(project);
    }
    return { projects, removed };
  }
}

const digestOf = (project: EdgeProject): string =>
  createHash('sha256').update(EdgeProject.encode(project).finish()).digest('base64');

/** In messages of a size that any agent takes; at least one, which may be empty. */
function* parts(generation: number, projects: EdgeProject[], removedProjects: string[]): Generator<EdgeState> {
  const full = generation === 1;
  let part: EdgeProject[] = [];
  let bytes = 0;
  for (const project of projects) {
    const size = EdgeProject.encode(project).finish().byteLength;
    if (part.length && bytes + size > mostBytes) {
      yield { generation, full, projects: part, removedProjects: [], more: true };
      part = [];
      bytes = 0;
    }
    part.push(project);
    bytes += size;
  }
  yield { generation, full, projects: part, removedProjects, more: false };
}
