import {
  EdgeDirectory,
  type EdgeAcknowledgement,
  type EdgeProjectView,
  type EdgeSnapshot,
} from '#libs/core/edge/edge-directory.port.js';

/** What edges serve, in memory. */
export class FakeEdgeDirectory extends EdgeDirectory {
  readonly projects = new Map<string, EdgeProjectView>();
  /** Nodes of organizations; all others are the platform's. */
  readonly ownerOf = new Map<string, string>();
  readonly acknowledged: (EdgeAcknowledgement & { nodeId: string; epoch: number })[] = [];
  /** Projects asked for, one entry for every read. */
  readonly reads: string[][] = [];
  version = 100;
  /** False: every call fails as if the database were away. */
  available = true;

  owners(nodeIds: string[]): Promise<Map<string, string | null>> {
    return this.answer(() => new Map(nodeIds.map((id) => [id, this.ownerOf.get(id) ?? null])));
  }

  served(): Promise<string[]> {
    return this.answer(() => [...this.projects.keys()]);
  }

  snapshot(projectIds: string[]): Promise<EdgeSnapshot> {
    this.reads.push(projectIds);
    return this.answer(() => ({
      version: this.version,
      projects: projectIds.flatMap((id) => this.projects.get(id) ?? []),
    }));
  }

  acknowledge(nodeId: string, epoch: number, acknowledgements: EdgeAcknowledgement[]): Promise<void> {
    return this.answer(() => {
      this.acknowledged.push(...acknowledgements.map((each) => ({ ...each, nodeId, epoch })));
    });
  }

  private async answer<T>(give: () => T): Promise<T> {
    await Promise.resolve();
    if (!this.available) throw new Error('The database does not answer.');
    return give();
  }
}
