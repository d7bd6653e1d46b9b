import { createHash } from 'node:crypto';
import { ProjectNetwork, type NetworkState } from '#libs/agent-protocol/generated/pierhead/agent/v1/network.js';
import type { SessionLink } from '../session/session.port.js';

const mostBytes = 1024 * 1024;
/** A node that has not confirmed for so long is behind. */
export const behindAfterMs = 3_000;

/**
 * Tells one session's agent the networks of its projects: all of them first, then those that changed. What changes
 * while the agent is slow to take is sent once, as it is then.
 */
export class NetworkSender {
  private generation = 0;
  /** What the agent holds or is being sent, by project. */
  private readonly sent = new Map<string, string>();
  private waiting = new Map<string, ProjectNetwork | null>();
  private begun = false;
  private sending = false;
  private readonly unconfirmed: { generation: number; at: number }[] = [];
  private problemsSince: number | null = null;
  problems: string[] = [];
  /** Peers that its latest self-test did not reach. */
  unreachable = 0;

  constructor(
    readonly session: SessionLink,
    private readonly now: () => number,
  ) {}

  knows(projectId: string): boolean {
    return (this.waiting.get(projectId) ?? null) !== null || (this.sent.has(projectId) && !this.waiting.has(projectId));
  }

  /** What the node is to hold of a project; null: nothing. */
  set(projectId: string, network: ProjectNetwork | null): void {
    this.waiting.set(projectId, network);
  }

  /** Everything of the projects that the node takes part in was set. */
  begin(): void {
    this.begun = true;
    this.flush();
  }

  flush(): void {
    if (this.sending || !this.begun) return;
    this.sending = true;
    void this.run().finally(() => (this.sending = false));
  }

  /** The agent has everything up to `generation` in force, except for the problems. */
  applied(generation: number, problems: string[]): void {
    while (this.unconfirmed[0] && this.unconfirmed[0].generation <= generation) this.unconfirmed.shift();
    this.problems = problems;
    this.problemsSince = problems.length ? (this.problemsSince ?? this.now()) : null;
  }

  /** How long the agent has owed a confirmation. */
  get lagMs(): number {
    const [oldest] = this.unconfirmed;
    return oldest ? this.now() - oldest.at : 0;
  }

  /** Since when the node does not have its networks as it was told; null when it has, or was told just now. */
  get behindSince(): Date | null {
    const [oldest] = this.unconfirmed;
    const owed = oldest && this.lagMs > behindAfterMs ? oldest.at : null;
    const since = [owed, this.problemsSince].filter((at) => at !== null);
    return since.length ? new Date(Math.min(...since)) : null;
  }

  /** It has confirmed something: before, nothing is known of it. */
  get confirmed(): boolean {
    return this.generation > 0 && this.unconfirmed[0]?.generation !== 1;
  }

  private async run(): Promise<void> {
    while (this.session.open && (this.waiting.size > 0 || this.generation === 0)) {
      const { projects, removed } = this.takeChanges();
      if (!projects.length && !removed.length && this.generation > 0) continue;
      this.generation += 1;
      this.unconfirmed.push({ generation: this.generation, at: this.now() });
      for (const value of parts(this.generation, projects, removed)) {
        if (!(await this.session.send({ $case: 'network', value }))) return;
      }
    }
  }

  private takeChanges(): { projects: ProjectNetwork[]; removed: string[] } {
    const projects: ProjectNetwork[] = [];
    const removed: string[] = [];
    for (const [projectId, network] of this.waiting) {
      if (network === null) {
        if (this.sent.delete(projectId)) removed.push(projectId);
        continue;
      }
      const digest = digestOf(network);
      if (this.sent.get(projectId) === digest) continue;
      this.sent.set(projectId, digest);
      projects.push(network);
    }
    this.waiting = new Map();
    return { projects, removed };
  }
}

const digestOf = (network: ProjectNetwork): string =>
  createHash('sha256').update(ProjectNetwork.encode(network).finish()).digest('base64');

/** In messages of a size that any agent takes; at least one, which may be empty. */
function* parts(generation: number, projects: ProjectNetwork[], removedProjects: string[]): Generator<NetworkState> {
  const full = generation === 1;
  let part: ProjectNetwork[] = [];
  let bytes = 0;
  for (const project of projects) {
    const size = ProjectNetwork.encode(project).finish().byteLength;
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
