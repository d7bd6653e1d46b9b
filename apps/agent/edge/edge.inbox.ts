import type { EdgeState } from '#libs/agent-protocol/generated/pierhead/agent/v1/edge.js';
import type { EdgeProject } from '#libs/edge/state.js';
import { edgeProjectFromWire } from './edge.translate.js';
import type { EdgeStore } from './edge.store.js';

/** What was known at one moment, for a pass to work with while more arrives. */
export interface EdgeSnapshot {
  /** Which session of this agent’s life it is of. */
  session: number;
  /** Of the session; 0 before the first is complete. */
  generation: number;
  projects: EdgeProject[];
  /** Project → the session’s generation in which it came last; not for what was held before the session. */
  generations: ReadonlyMap<string, number>;
}

/** Puts the parts of a session’s generations together, and keeps what they said. */
export class EdgeInbox {
  private readonly held = new Map<string, EdgeProject>();
  private readonly generations = new Map<string, number>();
  private parts: EdgeState[] = [];
  private whole = 0;
  private session = 0;

  constructor(private readonly store: EdgeStore) {}

  async load(): Promise<void> {
    for (const project of await this.store.load()) this.held.set(project.projectId, project);
  }

  snapshot(): EdgeSnapshot {
    const { session, whole: generation, held, generations } = this;
    return { session, generation, projects: [...held.values()], generations: new Map(generations) };
  }

  sessionBegan(): void {
    this.session += 1;
    this.parts = [];
    this.generations.clear();
    this.whole = 0;
  }

  /** True when a generation is complete: there is something new to do. */
  async receive(part: EdgeState): Promise<boolean> {
    this.parts.push(part);
    if (part.more) return false;
    const parts = this.parts;
    this.parts = [];
    const projects = parts.flatMap((each) => each.projects.map(edgeProjectFromWire));
    const gone = parts.some((each) => each.full)
      ? this.absent(projects)
      : parts.flatMap((each) => each.removedProjects);
    for (const projectId of gone) await this.forget(projectId);
    for (const project of projects) {
      this.held.set(project.projectId, project);
      this.generations.set(project.projectId, part.generation);
      await this.store.save(project);
    }
    this.whole = part.generation;
    return true;
  }

  private absent(present: readonly EdgeProject[]): string[] {
    const named = new Set(present.map(({ projectId }) => projectId));
    return [...this.held.keys()].filter((projectId) => !named.has(projectId));
  }

  private async forget(projectId: string): Promise<void> {
    this.held.delete(projectId);
    this.generations.delete(projectId);
    await this.store.remove(projectId);
  }
}
