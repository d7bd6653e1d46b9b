import type { DomainEvent } from '#libs/domain/event/event.js';
import type { NodeService } from '#libs/core/node/node.service.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';

const keptMs = 5_000;

/** The core's events of a container end with its node; this API adds the node's cluster. Kept for some seconds. */
export class NodeClusters {
  private readonly known = new Map<string, { clusterId: string | null; until: number }>();

  constructor(
    private readonly nodes: Pick<NodeService, 'get'>,
    private readonly context: RequestContext,
  ) {}

  /** The event with the cluster among its parents. */
  async complete(event: DomainEvent): Promise<DomainEvent> {
    const node = event.parents.find((parent) => parent.type === 'node');
    if (!node || event.parents.some((parent) => parent.type === 'node-cluster')) return event;
    const clusterId = await this.clusterOf(node.id);
    return clusterId ? { ...event, parents: [...event.parents, { type: 'node-cluster', id: clusterId }] } : event;
  }

  private async clusterOf(nodeId: string): Promise<string | null> {
    const now = Date.now();
    const known = this.known.get(nodeId);
    if (known && known.until > now) return known.clusterId;
    // A node that has gone has no cluster any more.
    const clusterId = await this.nodes.get(this.context, nodeId).then(
      (node) => node.nodeClusterId,
      () => null,
    );
    this.known.set(nodeId, { clusterId, until: now + keptMs });
    return clusterId;
  }
}
