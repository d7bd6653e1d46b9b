import { ProjectChanges } from '#libs/core/event/project-changes.port.js';
import { NetworkDirectory, type NetworkView, type PeerProbe } from '#libs/core/network/network-directory.port.js';

/** Changes that a test tells of. */
export class FakeProjectChanges extends ProjectChanges {
  private readonly log: string[] = [];
  reads = 0;

  change(...projectIds: string[]): void {
    this.log.push(...projectIds);
  }

  since(cursor: string | null): Promise<{ cursor: string; projectIds: string[] }> {
    this.reads += 1;
    const projectIds = cursor === null ? [] : [...new Set(this.log.slice(Number(cursor)))];
    return Promise.resolve({ cursor: String(this.log.length), projectIds });
  }
}

/** Projects' networks in memory. */
export class FakeNetworkDirectory extends NetworkDirectory {
  readonly networks = new Map<string, NetworkView>();
  readonly behind: { nodeId: string; epoch: number; since: Date | null; problems: string[] }[] = [];
  readonly probes = new Map<string, PeerProbe[]>();
  /** Projects asked for, one entry for every read. */
  readonly reads: string[][] = [];
  calls = 0;
  /** False: every call fails as if the database were away. */
  available = true;

  projectsOf(nodeIds: string[]): Promise<string[]> {
    return this.answer(() =>
      [...this.networks.values()]
        .filter((view) => view.nodes.some((node) => nodeIds.includes(node.nodeId)))
        .map((view) => view.projectId),
    );
  }

  views(projectIds: string[]): Promise<NetworkView[]> {
    this.reads.push(projectIds);
    return this.answer(() => projectIds.flatMap((id) => this.networks.get(id) ?? []));
  }

  noteBehind(nodeId: string, epoch: number, since: Date | null, problems: string[]): Promise<void> {
    return this.answer(() => void this.behind.push({ nodeId, epoch, since, problems }));
  }

  noteProbes(nodeId: string, _epoch: number, probes: PeerProbe[]): Promise<void> {
    return this.answer(() => void this.probes.set(nodeId, probes));
  }

  private async answer<T>(give: () => T): Promise<T> {
    this.calls += 1;
    await Promise.resolve();
    if (!this.available) throw new Error('The database does not answer.');
    return give();
  }
}
