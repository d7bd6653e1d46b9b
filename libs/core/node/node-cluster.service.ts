import { nodeClusterState, type NodeClusterState } from '#libs/domain/node/cluster-state.js';
import { DomainError, invalid, notFound } from '#libs/domain/error.js';
import type { EventVerb } from '#libs/domain/event/event.js';
import { isId } from '#libs/domain/id.js';
import { automaticTags, ownTags } from '#libs/domain/node/automatic-tags.js';
import { Clock } from '#libs/platform/clock.js';
import { newId } from '#libs/platform/id.js';
import { recordAction } from '../action/action.event.js';
import { defaultDeadlineMs } from '../action/action-log.js';
import type { ActionRecord } from '../action/action.repository.port.js';
import { authorize, isOperator } from '../authorization/authorize.js';
import { auditAction } from '../identity/audit.js';
import { checkTags } from '../identity/names.js';
import { hasTenant } from '../tenancy/context-for.js';
import type { Page } from '../tenancy/page.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { UnitOfWork, type Transaction } from '../unit-of-work/unit-of-work.port.js';
import { fitHosts } from './cluster-hosts.js';
import type { ClusterNode, HostKind, HostOffer, NodeClusterRecord } from './node.repository.port.js';

export type NodeClusterDetails = NodeClusterRecord & { nodes: ClusterNode[]; state: NodeClusterState };

/** A changed cluster, with the record of the change. */
export type ChangedNodeCluster = NodeClusterDetails & { action: ActionRecord };

export interface NodeClusterFilter {
  ids?: string[];
  idPrefix?: string;
  name?: string;
  states?: NodeClusterState[];
  /** Of the operator's pool, true; of hosts that their owners bring, false. */
  claimable?: boolean;
  region?: string;
  nodeType?: string;
  /** Also those that were terminated within the last hour. */
  includeRemoved?: boolean;
  limit: number;
  offset: number;
}

export interface NodeClusterPatch {
  name?: string | undefined;
  /** Null: its name again. */
  displayName?: string | null | undefined;
  tags?: string[] | undefined;
  /** In place of `tags`: as a caller has them who is shown the automatic ones among them; those are not kept. */
  shownTags?: string[] | undefined;
  targetNodes?: number | undefined;
}

/** A state is made of the cluster's nodes; an organization has few clusters, so all of them are read to filter by it. */
const allOfThem = { limit: 10_000, offset: 0 };

export const withState = (cluster: NodeClusterRecord & { nodes: ClusterNode[] }): NodeClusterDetails => ({
  ...cluster,
  state: nodeClusterState({
    removed: cluster.removedAt !== null,
    terminating: cluster.terminating,
    targetNodes: cluster.targetNodes,
    deployed: cluster.deployedAt !== null,
    nodes: cluster.nodes,
  }),
});

/**
 * Named sets of nodes that share tags. Into most of them their owner's hosts come, with a join token or by a patch;
 * others are made of hosts that the operator keeps in a pool: those claim and give back.
 */
export class NodeClusterService {
  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  /** Kinds of hosts that a cluster can be made of, and how many are free. */
  offers(context: RequestContext): Promise<HostOffer[]> {
    authorize(context, 'node-cluster', 'read');
    return this.work.platformRead((tx) => tx.nodes.offers());
  }

  async list(context: RequestContext, filter: NodeClusterFilter): Promise<Page<NodeClusterDetails>> {
    authorize(context, 'node-cluster', 'read');
    const { states, limit, offset, ...rest } = filter;
    const page = states ? allOfThem : { limit, offset };
    const found = await this.read(context, (tx) => tx.nodes.clusters({ ...rest, ...page }));
    const rows = found.rows.map(withState);
    if (!states) return { rows, total: found.total };
    const matching = rows.filter((cluster) => states.includes(cluster.state));
    return { rows: matching.slice(offset, offset + limit), total: matching.length };
  }

  async get(context: RequestContext, id: string): Promise<NodeClusterDetails> {
    const cluster = await this.recent(context, id);
    if (cluster.removedAt) throw notFound('node cluster');
    return cluster;
  }

  /** As `get`, and for an hour what was terminated. */
  async recent(context: RequestContext, id: string): Promise<NodeClusterDetails> {
    authorize(context, 'node-cluster', 'read');
    const filter = { ids: [id], includeRemoved: true, limit: 1, offset: 0 };
    const found = isId(id) ? await this.read(context, (tx) => tx.nodes.clusters(filter)) : null;
    if (!found?.rows[0]) throw notFound('node cluster');
    return withState(found.rows[0]);
  }

  /**
   * Of the caller's organization; of the shared pool for an operator that is in none, or asks for it. With `pool` it
   * is of hosts of that kind, which `deploy` claims.
   */
  async create(
    context: RequestContext,
    wish: {
      name: string;
      displayName?: string | null | undefined;
      tags: string[];
      shared?: boolean | undefined;
      pool?: (HostKind & { targetNodes: number }) | undefined;
    },
  ): Promise<ChangedNodeCluster> {
    authorize(context, 'node-cluster', 'create');
    const shared = wish.shared ?? !hasTenant(context);
    if (shared && !isOperator(context)) {
      throw new DomainError('forbidden', 'Only the operator makes clusters of the shared pool.');
    }
    if (shared && wish.pool) throw invalid('pool', 'pool: hosts are claimed by an organization; name one.');
    const { pool } = wish;
    if (pool) await this.mustBeOffered(pool);
    const now = this.clock.now();
    const cluster: NodeClusterRecord = {
      id: newId(),
      organizationId: shared ? null : context.organizationId,
      name: wish.name,
      displayName: wish.displayName ?? null,
      tags: checkTags('tags', wish.tags),
      pool: pool ? { region: pool.region, nodeType: pool.nodeType } : null,
      targetNodes: pool?.targetNodes ?? null,
      deployedAt: null,
      terminating: false,
      actionId: null,
      createdAt: now,
      removedAt: null,
      rowVersion: 1,
    };
    return this.work.platform(async (tx) => {
      await tx.nodes.insertCluster(cluster);
      const action = await this.note(tx, context, cluster, 'create', false);
      const made = withState({ ...cluster, nodes: [] });
      await tx.events.append([clusterEvent(made, 'create')]);
      return { ...made, action };
    });
  }

  /** Claims the hosts of a cluster that was made; all that it is to have, or none. */
  async deploy(context: RequestContext, id: string): Promise<ChangedNodeCluster> {
    authorize(context, 'node-cluster', 'update');
    const cluster = await this.reachOwn(context, id);
    if (cluster.targetNodes === null) {
      throw new DomainError(
        'unsupported',
        `Nothing is deployed for "${cluster.name}": let your hosts join it with a join token.`,
      );
    }
    if (cluster.state !== 'init') throw notNow(cluster, 'deployed');
    return this.write(context, id, 'deploy', (held) => ({ ...held, deployedAt: this.clock.now() }));
  }

  /** With `targetNodes` of a deployed cluster of the pool, hosts are claimed or given back. */
  async patch(context: RequestContext, id: string, patch: NodeClusterPatch): Promise<ChangedNodeCluster> {
    authorize(context, 'node-cluster', 'update');
    const cluster = await this.reachOwn(context, id);
    const { targetNodes } = patch;
    const present = cluster.targetNodes ?? cluster.nodes.length;
    const scales = targetNodes !== undefined && targetNodes !== present;
    if (scales && cluster.targetNodes === null) {
      const sentence = 'A cluster of hosts that you bring grows when a host joins it and shrinks when one leaves.';
      throw new DomainError('unsupported', sentence, { field: 'targetNodes' });
    }
    if (scales && ['scaling', 'terminating'].includes(cluster.state)) throw notNow(cluster, 'scaled');
    const tags = tagsAfter(cluster, patch);
    return this.write(context, id, scales ? 'scale' : 'update', (held) => ({
      ...held,
      name: patch.name ?? held.name,
      displayName: patch.displayName === undefined ? held.displayName : patch.displayName,
      tags,
      targetNodes: scales ? targetNodes : held.targetNodes,
    }));
  }

  /** Hosts of the pool are emptied and given back first; a cluster of brought hosts is refused while it has any. */
  async delete(context: RequestContext, id: string): Promise<ChangedNodeCluster> {
    authorize(context, 'node-cluster', 'delete');
    const cluster = await this.reachOwn(context, id);
    if (cluster.terminating) throw notNow(cluster, 'terminated');
    if (cluster.targetNodes === null && cluster.nodes.length > 0) {
      throw new DomainError('state', `The cluster still has ${cluster.nodes.length} nodes; remove or move them first.`);
    }
    if (cluster.nodes.length === 0) {
      return this.write(context, id, 'delete', (held) => ({ ...held, removedAt: this.clock.now() }));
    }
    return this.write(context, id, 'delete', (held) => ({ ...held, terminating: true, targetNodes: 0 }));
  }

  private write(
    context: RequestContext,
    id: string,
    verb: 'update' | 'delete' | 'deploy' | 'scale',
    edit: (held: NodeClusterRecord) => NodeClusterRecord,
  ): Promise<ChangedNodeCluster> {
    return this.work.platform(async (tx) => {
      const held = await tx.nodes.lockCluster(id);
      if (!held) throw notFound('node cluster');
      const edited = edit(held);
      const moves = edited.deployedAt !== null && edited.removedAt === null && verb !== 'update';
      const action = await this.note(tx, context, edited, verb, moves);
      const changed = { ...edited, actionId: moves ? action.id : held.actionId };
      await tx.nodes.updateCluster(changed);
      if (moves) await fitHosts(tx, { ...changed, nodes: held.nodes }, this.clock.now());
      await tx.outbox.add(held.nodes.map((node) => `node:${node.id}` as const));
      const after = await tx.nodes.lockCluster(id);
      const made = withState(after ?? { ...changed, nodes: held.nodes });
      await tx.events.append([clusterEvent(made, made.removedAt ? 'delete' : 'update')]);
      return { ...made, action };
    });
  }

  private async note(
    tx: Transaction,
    context: RequestContext,
    cluster: NodeClusterRecord,
    verb: 'create' | 'update' | 'delete' | 'deploy' | 'scale',
    open: boolean,
  ): Promise<ActionRecord> {
    const { organizationId } = cluster;
    const now = this.clock.now();
    const subject = { resourceType: 'node-cluster' as const, resourceId: cluster.id, resourceName: cluster.name };
    const done = auditAction(context, verb, subject, now, { organizationId, projectId: null });
    const deadlineAt = new Date(now.getTime() + defaultDeadlineMs);
    const action: ActionRecord = open ? { ...done, state: 'in-progress', endedAt: null, deadlineAt } : done;
    await recordAction(tx, action);
    return action;
  }

  private async mustBeOffered({ region, nodeType }: HostKind): Promise<void> {
    const offers = await this.work.platformRead((tx) => tx.nodes.offers());
    if (offers.some((offer) => offer.region === region && offer.nodeType === nodeType)) return;
    throw invalid('pool', `pool: this platform keeps no hosts of type "${nodeType}" in region "${region}".`);
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

/** What watchers are told of a cluster. */
export const clusterEvent = (cluster: NodeClusterDetails, verb: EventVerb) => ({
  organizationId: cluster.organizationId,
  projectId: null,
  type: 'node-cluster' as const,
  verb,
  resourceId: cluster.id,
  state: cluster.state,
  parents: [],
});

/** What its nodes carry beside its own tags. */
export const automaticTagsOf = (cluster: NodeClusterRecord): string[] => automaticTags(cluster.name, cluster.pool);

function tagsAfter(cluster: NodeClusterRecord, { tags, shownTags }: NodeClusterPatch): string[] {
  if (shownTags !== undefined) return ownTags(checkTags('tags', shownTags), cluster.tags, automaticTagsOf(cluster));
  return tags === undefined ? cluster.tags : checkTags('tags', tags);
}

const notNow = (cluster: NodeClusterDetails, done: string): DomainError =>
  new DomainError('state', `The cluster "${cluster.name}" is ${cluster.state}; it can't be ${done} now.`);
