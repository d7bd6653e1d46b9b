import { DomainError, notFound } from '#libs/domain/error.js';
import { isId } from '#libs/domain/id.js';
import { automaticTags, ownTags } from '#libs/domain/node/automatic-tags.js';
import { Clock } from '#libs/platform/clock.js';
import { recordAction } from '../action/action.event.js';
import type { ActionRecord } from '../action/action.repository.port.js';
import { authorize, isOperator } from '../authorization/authorize.js';
import { auditAction } from '../identity/audit.js';
import { checkTags } from '../identity/names.js';
import { noTenant } from '../tenancy/context-for.js';
import type { Page } from '../tenancy/page.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { UnitOfWork, type Transaction } from '../unit-of-work/unit-of-work.port.js';
import type { NodeDetails, NodeFilter, NodeRecord, NodeTag } from './node.repository.port.js';

/** A changed node, with the record of the change. */
export type ChangedNode = NodeDetails & { action: ActionRecord };

export interface NodePatch {
  name?: string | undefined;
  tags?: string[] | undefined;
  /** In place of `tags`: as a caller has them who is shown inherited ones among them; those stay inherited. */
  shownTags?: string[] | undefined;
  /** Null takes it out of its cluster. */
  nodeClusterId?: string | null | undefined;
  /** Kept for node clusters from now on, or not any more; the operator's to say, of an empty node of nobody. */
  claimable?: boolean | undefined;
}

/**
 * Nodes an organization may use: its own and the shared pool's. Owners and admins change their own, the operator
 * any. Each change enqueues the node's key; the reconcilers find the services it matters to.
 */
export class NodeService {
  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  list(context: RequestContext, filter: NodeFilter): Promise<Page<NodeDetails>> {
    authorize(context, 'node', 'read');
    return this.read(context, (tx) => tx.nodes.details(filter));
  }

  async get(context: RequestContext, id: string): Promise<NodeDetails> {
    const node = await this.recent(context, id);
    if (node.removedAt) throw notFound('node');
    return node;
  }

  /** As `get`, and for an hour what was removed. */
  async recent(context: RequestContext, id: string): Promise<NodeDetails> {
    authorize(context, 'node', 'read');
    const filter = { ids: [id], includeRemoved: true, limit: 1, offset: 0 };
    const found = isId(id) ? await this.read(context, (tx) => tx.nodes.details(filter)) : null;
    if (!found?.rows[0]) throw notFound('node');
    return found.rows[0];
  }

  /** What services can be placed by. */
  tags(context: RequestContext): Promise<NodeTag[]> {
    authorize(context, 'node', 'read');
    return this.read(context, (tx) => tx.nodes.tags());
  }

  patch(context: RequestContext, id: string, patch: NodePatch): Promise<ChangedNode> {
    authorize(context, 'node', 'update');
    return this.change(context, id, 'update', async (tx, node, fresh) => {
      if (patch.name !== undefined) node.name = patch.name;
      if (patch.tags !== undefined) node.tags = checkTags('tags', patch.tags);
      if (patch.shownTags !== undefined) {
        node.tags = ownTags(checkTags('tags', patch.shownTags), node.tags, inheritedTags(fresh));
      }
      if (patch.claimable !== undefined) keepForClusters(context, node, fresh, patch.claimable);
      if (patch.nodeClusterId === undefined) return;
      if (patch.nodeClusterId !== null) await mustHoldCluster(tx, node, patch.nodeClusterId);
      node.nodeClusterId = patch.nodeClusterId;
    });
  }

  /** Takes no new containers; those it has stay. */
  cordon(context: RequestContext, id: string): Promise<ChangedNode> {
    authorize(context, 'node', 'operate');
    return this.change(context, id, 'cordon', (_tx, node) => {
      node.schedulable = false;
    });
  }

  /** Takes containers again, after a cordon or a drain. */
  uncordon(context: RequestContext, id: string): Promise<ChangedNode> {
    authorize(context, 'node', 'operate');
    return this.change(context, id, 'uncordon', (_tx, node) => {
      node.schedulable = true;
      node.draining = false;
    });
  }

  /** Takes no new containers, and services move theirs to other nodes. */
  drain(context: RequestContext, id: string): Promise<ChangedNode> {
    authorize(context, 'node', 'operate');
    return this.change(context, id, 'drain', (_tx, node) => {
      node.schedulable = false;
      node.draining = true;
    });
  }

  /**
   * Revokes the node's certificate and forgets it. `state` while it has containers, unless forced: then they count
   * as lost and are made anew elsewhere.
   */
  remove(context: RequestContext, id: string, force: boolean): Promise<ChangedNode> {
    authorize(context, 'node', 'delete');
    return this.change(context, id, 'remove', async (tx, node, { containers }) => {
      if (containers > 0 && !force) {
        throw new DomainError('state', `The node still has ${containers} containers; drain it first, or force.`);
      }
      if (node.claimable && !isOperator(context)) {
        throw new DomainError('state', 'The host is the operator’s; scale its cluster down or terminate it instead.');
      }
      const now = this.clock.now();
      if (containers > 0) await tx.reconcile.loseContainers(node.id);
      Object.assign(node, { state: 'removed', schedulable: false, revokedAt: now, removedAt: now });
      if (node.organizationId) await tx.quotas.take(node.organizationId, noTenant, { nodes: -1 });
    });
  }

  private async change(
    context: RequestContext,
    id: string,
    verb: string,
    edit: (tx: Transaction, node: NodeRecord, seen: NodeDetails) => void | Promise<void>,
  ): Promise<ChangedNode> {
    const seen = await this.get(context, id);
    if (!isOperator(context) && seen.organizationId !== context.organizationId) {
      throw new DomainError('forbidden', 'The node is of the shared pool; only the operator changes it.');
    }
    // What was checked above holds for the row locked below; other tables it touches are the platform's.
    return this.work.platform(async (tx) => {
      const node = await tx.nodes.lock(id);
      if (!node) throw notFound('node');
      const fresh = (await tx.nodes.get(id)) ?? seen;
      await edit(tx, node, fresh);
      node.rowVersion = await tx.nodes.update(node);
      const subject = { resourceType: 'node' as const, resourceId: id, resourceName: node.name };
      const place = { organizationId: node.organizationId, projectId: null };
      const action = auditAction(context, verb, subject, this.clock.now(), place);
      await recordAction(tx, action);
      await tx.events.append([nodeEvent(node, verb === 'remove' ? 'delete' : 'update')]);
      await tx.outbox.add([`node:${id}`]);
      return { ...fresh, ...node, action };
    });
  }

  private read<T>(context: RequestContext, work: (tx: Transaction) => Promise<T>): Promise<T> {
    return isOperator(context) ? this.work.platformRead(work) : this.work.tenantRead(context, work);
  }
}

/** What a node is placed by beside its own tags. */
export const inheritedTags = (node: NodeDetails): string[] => [
  ...node.clusterTags,
  ...automaticTags(node.clusterName, node.claimable ? { region: node.labels['region'] ?? 'default' } : null),
];

function keepForClusters(context: RequestContext, node: NodeRecord, seen: NodeDetails, claimable: boolean): void {
  if (!isOperator(context)) throw new DomainError('forbidden', 'Only the operator keeps hosts for node clusters.');
  if (node.organizationId !== null) throw new DomainError('state', 'The node belongs to an organization.');
  if (claimable && seen.containers > 0) {
    throw new DomainError('state', `The node still has ${seen.containers} containers; drain it first.`);
  }
  node.claimable = claimable;
  // A cluster of the shared pool would give it tags that no claim takes away.
  if (claimable) node.nodeClusterId = null;
}

async function mustHoldCluster(tx: Transaction, node: NodeRecord, clusterId: string): Promise<void> {
  if (node.claimable)
    throw new DomainError('state', 'The host came into its cluster by a claim and leaves by scaling.');
  const { rows } = await tx.nodes.clusters({ ids: [clusterId], limit: 1, offset: 0 });
  if (!rows[0] || rows[0].organizationId !== node.organizationId) throw notFound('node cluster');
}

const nodeEvent = (node: NodeRecord, verb: 'update' | 'delete') => ({
  organizationId: node.organizationId,
  projectId: null,
  type: 'node' as const,
  verb,
  resourceId: node.id,
  state: node.state,
  parents: node.nodeClusterId ? [{ type: 'node-cluster' as const, id: node.nodeClusterId }] : [],
});
