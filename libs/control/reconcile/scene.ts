import { takesRequests } from '#libs/domain/container/pool.js';
import { isAlive } from '#libs/domain/container/state.js';
import type {
  AddressView,
  ContainerView,
  DeploymentView,
  NodeView,
  RevisionView,
  ServiceSnapshot,
  ServiceView,
} from '../snapshot.js';
import { buildSlots, type SlotMap } from './slots.js';

/**
 * A snapshot with the words the deciders use. Containers are taken as their nodes let them be: on a node that is
 * lost or gone a living one is `lost`, and a `lost` one whose node answers again is `pending` until it is reported.
 */
export class Scene {
  readonly now: Date;
  readonly containers: readonly ContainerView[];
  readonly nodes: readonly NodeView[];
  readonly slots: SlotMap;
  readonly addresses: AddressView | null;
  private readonly revisions: ReadonlyMap<number, RevisionView>;
  private readonly nodeById: ReadonlyMap<string, NodeView>;

  constructor(
    snapshot: ServiceSnapshot,
    /** As it stands within this decision; ended counts as none. */
    readonly deployment: DeploymentView | null,
    readonly service: ServiceView,
  ) {
    this.now = snapshot.now;
    this.nodes = snapshot.nodes;
    this.addresses = snapshot.addresses ?? null;
    this.revisions = new Map(snapshot.revisions.map((revision) => [revision.number, revision]));
    this.nodeById = new Map(snapshot.nodes.map((node) => [node.id, node]));
    this.containers = snapshot.containers.map((container) => this.asItsNodeLets(container));
    this.slots = buildSlots(this);
  }

  /** Moving containers on: neither paused nor ended. */
  get active(): DeploymentView | null {
    const state = this.deployment?.state;
    return state === 'in-progress' || state === 'rolling-back' ? this.deployment : null;
  }

  /** The revision a rollout heads for; null when none is under way. */
  get rolloutTarget(): number | null {
    const deployment = this.active;
    if (deployment === null || deployment.kind !== 'redeploy') return null;
    return deployment.state === 'rolling-back' ? deployment.fromRevision : deployment.toRevision;
  }

  revision(number: number): RevisionView | null {
    return this.revisions.get(number) ?? null;
  }

  node(id: string): NodeView | null {
    return this.nodeById.get(id) ?? null;
  }

  nodeIsGone(container: ContainerView): boolean {
    const state = this.node(container.nodeId)?.state;
    return state === undefined || state === 'lost' || state === 'removed';
  }

  /** It has to leave its node: the node is drained, or a rebalance wants it elsewhere. */
  isDraining(container: ContainerView): boolean {
    return this.isOnDrained(container) || container.moveTo !== null;
  }

  isOnDrained(container: ContainerView): boolean {
    return this.node(container.nodeId)?.draining ?? false;
  }

  label(ordinal: number): string {
    return `Container "${this.service.name}-${ordinal}"`;
  }

  /** Running, and healthy where its revision has a health check. */
  isUp(container: ContainerView): boolean {
    if (container.state !== 'running') return false;
    const checked = this.revision(container.revision)?.demand.hasHealthCheck ?? false;
    return !checked || container.health === 'healthy';
  }

  /** Up and, where edges send requests, known to all of them: another container may go for it. */
  isAvailable(container: ContainerView): boolean {
    if (!this.isUp(container)) return false;
    if (!this.service.routing?.edgesLive) return true;
    return container.pool === 'in' || (container.pool === 'joining' && this.isPoolSettled(container));
  }

  /** Edges send it requests, or may: it has to leave the pool before it is stopped. */
  isServing(container: ContainerView): boolean {
    const asked = this.service.routing?.edgesLive === true && takesRequests(container.pool);
    return asked && container.state === 'running' && !this.nodeIsGone(container);
  }

  /** Its last change of the pool is in force, or edges have had their time. */
  isPoolSettled(container: ContainerView): boolean {
    if (!this.service.routing?.edgesLive || container.poolSettled) return true;
    return (this.poolDueAt(container) ?? this.now) <= this.now;
  }

  /** Until when the edges are waited for; null without a change to wait for. */
  poolDueAt(container: ContainerView): Date | null {
    const { routing } = this.service;
    if (routing === null || container.poolChangedAt === null) return null;
    return new Date(container.poolChangedAt.getTime() + routing.patienceMs);
  }

  private asItsNodeLets(container: ContainerView): ContainerView {
    if (container.state === 'lost') {
      if (container.finishedAt !== null) return { ...container, state: 'exited' };
      return this.nodeIsGone(container) ? container : { ...container, state: 'pending' };
    }
    return isAlive(container.state) && this.nodeIsGone(container) ? { ...container, state: 'lost' } : container;
  }
}
