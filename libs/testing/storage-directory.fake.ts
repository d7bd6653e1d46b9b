import {
  StorageDirectory,
  type NodeShareView,
  type NodeStorage,
  type NodeStorageReport,
  type NodeVolumeView,
} from '#libs/core/volume/storage-directory.port.js';

/** Volumes of nodes in memory. */
export class FakeStorageDirectory extends StorageDirectory {
  readonly volumes = new Map<string, NodeVolumeView[]>();
  readonly shares = new Map<string, NodeShareView[]>();
  readonly reports: (NodeStorageReport & { nodeId: string; epoch: number })[] = [];
  readonly reads: string[][] = [];
  private readonly log: string[] = [];
  /** False: every call fails as if the database were away. */
  available = true;

  /** The node's volumes are these from now on. */
  set(nodeId: string, ...volumes: NodeVolumeView[]): void {
    this.volumes.set(nodeId, volumes);
    this.log.push(nodeId);
  }

  /** The node keeps these shares from now on. */
  setShares(nodeId: string, ...shares: NodeShareView[]): void {
    this.shares.set(nodeId, shares);
    this.log.push(nodeId);
  }

  changesSince(cursor: string | null): Promise<{ cursor: string; nodeIds: string[] }> {
    return this.answer(() => ({
      cursor: String(this.log.length),
      nodeIds: cursor === null ? [] : [...new Set(this.log.slice(Number(cursor)))],
    }));
  }

  storageOf(nodeIds: string[]): Promise<NodeStorage[]> {
    return this.answer(() => {
      this.reads.push(nodeIds);
      return nodeIds.map((nodeId) => ({
        nodeId,
        volumes: this.volumes.get(nodeId) ?? [],
        shares: this.shares.get(nodeId) ?? [],
      }));
    });
  }

  report(nodeId: string, epoch: number, report: NodeStorageReport): Promise<void> {
    return this.answer(() => void this.reports.push({ nodeId, epoch, ...report }));
  }

  private async answer<T>(give: () => T): Promise<T> {
    await Promise.resolve();
    if (!this.available) throw new Error('The database does not answer.');
    return give();
  }
}
