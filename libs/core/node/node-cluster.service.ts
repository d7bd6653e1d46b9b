import { DomainError, notFound } from '#libs/domain/error.js';
import { isId } from '#libs/domain/id.js';
import { Clock } from '#libs/platform/clock.js';
import { newId } from '#libs/platform/id.js';
import type { ActionRecord } from '../action/action.repository.port.js';
import { authorize, isOperator } from '../authorization/authorize.js';
import { auditAction } from '../identity/audit.js';
import { checkTags } from '../identity/names.js';
import { hasTenant } from '../tenancy/context-for.js';
import type { Page } from '../tenancy/page.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { UnitOfWork, type Transaction } from '../unit-of-work/unit-of-work.port.js';
import type { NodeClusterRecord } from './node.repository.port.js';

export type NodeClusterDetails = NodeClusterRecord & { nodeIds: string[] };

/** A changed cluster, with the record of the change. */
export type ChangedNodeCluster = NodeClusterDetails & { action: ActionRecord };

export interface NodeClusterFilter {
  ids?: string[];
  idPrefix?: string;
  name?: string;
  limit: number;
  offset: number;
}

/** Named sets of nodes that share tags; nodes come into them with a join token or by a patch. */
export class NodeClusterService {
  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  list(context: RequestContext, filter: NodeClusterFilter): Promise<Page<NodeClusterDetails>> {
    authorize(context, 'node-cluster', 'read');
    return this.read(context, (tx) => tx.nodes.clusters(filter));
  }

  async get(context: RequestContext, id: string): Promise<NodeClusterDetails> {
    authorize(context, 'node-cluster', 'read');
    const found = isId(id)
      ? await this.read(context, (tx) => tx.nodes.clusters({ ids: [id], limit: 1, offset: 0 }))
      : null;
    if (!found?.rows[0]) throw notFound('node cluster');
    return found.rows[0];
  }

  /** Of the caller's organization; of the shared pool for an operator that is in none, or asks for it. */
  async create(
    context: RequestContext,
    wish: { name: string; tags: string[]; shared?: boolean | undefined },
  ): Promise<ChangedNodeCluster> {
    authorize(context, 'node-cluster', 'create');
    const shared = wish.shared ?? !hasTenant(context);
    if (shared && !isOperator(context)) {
      throw new DomainError('forbidden', 'Only the operator makes clusters of the shared pool.');
    }
    const now = this.clock.now();
    const cluster: NodeClusterRecord = {
      id: newId(),
      organizationId: shared ? null : context.organizationId,
      name: wish.name,
      tags: checkTags('tags', wish.tags),
      createdAt: now,
      removedAt: null,
      rowVersion: 1,
    };
    return this.work.platform(async (tx) => {
      await tx.nodes.insertCluster(cluster);
      const action = await this.note(tx, context, cluster, 'create', now);
      return { ...cluster, nodeIds: [], action };
    });
  }

  async patch(
    context: RequestContext,
    id: string,
    patch: { name?: string | undefined; tags?: string[] | undefined },
  ): Promise<ChangedNodeCluster> {
    authorize(context, 'node-cluster', 'update');
    const cluster = await this.reachOwn(context, id);
    const changed = {
      ...cluster,
      name: patch.name ?? cluster.name,
      tags: patch.tags === undefined ? cluster.tags : checkTags('tags', patch.tags),
    };
    return this.write(context, changed, 'update');
  }

  /** `state` while it has nodes. */
  async delete(context: RequestContext, id: string): Promise<ChangedNodeCluster> {
    authorize(context, 'node-cluster', 'delete');
    const cluster = await this.reachOwn(context, id);
    if (cluster.nodeIds.length > 0) {
      throw new DomainError(
        'state',
        `The cluster still has ${cluster.nodeIds.length} nodes; remove or move them first.`,
      );
    }
    return this.write(context, { ...cluster, removedAt: this.clock.now() }, 'delete');
  }

  private async write(
    context: RequestContext,
    cluster: NodeClusterDetails,
    verb: 'update' | 'delete',
  ): Promise<ChangedNodeCluster> {
    return this.work.platform(async (tx) => {
      const rowVersion = await tx.nodes.updateCluster(cluster);
      const action = await this.note(tx, context, cluster, verb, this.clock.now());
      await tx.outbox.add(cluster.nodeIds.map((node) => `node:${node}` as const));
      return { ...cluster, rowVersion, action };
    });
  }

  private async note(
    tx: Transaction,
    context: RequestContext,
    cluster: NodeClusterRecord,
    verb: 'create' | 'update' | 'delete',
    now: Date,
  ): Promise<ActionRecord> {
    const { organizationId } = cluster;
    const subject = { resourceType: 'node-cluster' as const, resourceId: cluster.id, resourceName: cluster.name };
    const action = auditAction(context, verb, subject, now, { organizationId, projectId: null });
    await tx.actions.insert(action);
    const state = cluster.removedAt ? 'removed' : 'ready';
    await tx.events.append([
      { organizationId, projectId: null, type: 'node-cluster', verb, resourceId: cluster.id, state, parents: [] },
    ]);
    return action;
  }

  private async reachOwn(context: RequestContext, id: string): Promise<NodeClusterDetails> {
    const cluster = await this.get(context, id);
    if (!isOperator(context) && cluster.organizationId !== context.organizationId) {
      throw new DomainError('forbidden', 'The cluster is of the shared pool; only the operator changes it.');
    }
    return cluster;
  }

  private read<T>(context: RequestContext, work: (tx: Transaction) => Promise<T>): Promise<T> {
    return isOperator(context) ? this.work.platformRead(work) : this.work.tenantRead(context, work);
  }
}
