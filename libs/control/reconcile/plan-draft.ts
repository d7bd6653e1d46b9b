import { takesRequests, type PoolState } from '#libs/domain/container/pool.js';
import type { ContainerView, NodeView, PlannedChange, PlannedCreate, Refusal, RevisionView } from '../snapshot.js';
import { demandOfInstance, isFree, placeContainers, withLoad, type Wish } from '../schedule/place-containers.js';
import { claimRefusal } from '../schedule/volume-claims.js';
import type { Scene } from './scene.js';

/** How soon a slot that found no place asks again; a change of the nodes asks at once by itself. */
const retryPlacingMs = { 'not-now': 15_000, never: 60_000 } as const;

interface Removal {
  /** It failed: counts towards the back-off and against the rollout. */
  failed?: boolean;
  autodestroyed?: boolean;
}

/** Gathers a plan. Local to one decision: it changes nothing outside itself. */
export class PlanDraft {
  readonly create: PlannedCreate[] = [];
  readonly refusals: Refusal[] = [];
  private readonly changes = new Map<string, PlannedChange>();
  private nodes: NodeView[];
  private wakeAt: Date | null = null;
  /** Containers that turned out to have no place where they were to go. */
  readonly staying = new Set<string>();
  private readonly refusedRevisions = new Map<number, Refusal>();
  /** Volumes with one writer that a container of this plan is to write to. */
  private readonly claimed = new Set<string>();
  private freeAddresses: number;
  /** Nodes that this plan puts volumes on which were on none. */
  private readonly settled = new Map<string, string>();

  constructor(private readonly scene: Scene) {
    this.nodes = [...scene.nodes];
    this.freeAddresses = scene.addresses?.free ?? Infinity;
  }

  get change(): PlannedChange[] {
    return [...this.changes.values()];
  }

  get lookAgainAt(): Date | null {
    return this.wakeAt;
  }

  /** Moments that have come are dropped: what they stood for is in this very plan. */
  lookAgain(at: Date): void {
    if (at > this.scene.now && (this.wakeAt === null || at < this.wakeAt)) this.wakeAt = at;
  }

  lookAgainIn(milliseconds: number): void {
    this.lookAgain(new Date(this.scene.now.getTime() + milliseconds));
  }

  /** False when no node takes it; the refusal is then in the plan. */
  place(wish: Wish, revision: number): boolean {
    const view = this.scene.revision(revision);
    if (view === null) {
      this.refuse({ ordinal: wish.ordinal, kind: 'never', sentence: `Revision ${revision} is no longer kept.` });
      return false;
    }
    const refusal = this.refusedRevisions.get(revision);
    if (refusal !== undefined && isFree(view, wish)) {
      this.refusals.push({ ...refusal, ordinal: wish.ordinal });
      return false;
    }
    return this.mayWrite(view, wish) && this.hasAddress(wish) && this.placeOn(view, wish);
  }

  /** A volume with one writer is waited for; nobody is asked to give it up. */
  private mayWrite(view: RevisionView, { ordinal }: Wish): boolean {
    const held = claimRefusal(ordinal, demandOfInstance(view, ordinal).claims, this.claimed);
    if (held !== null) this.refuse(held);
    return held === null;
  }

  private hasAddress({ ordinal }: Wish): boolean {
    const { addresses } = this.scene;
    if (addresses === null || addresses.held.includes(ordinal) || this.freeAddresses > 0) return true;
    this.refuse({ ordinal, kind: 'not-now', sentence: addresses.sentence });
    return false;
  }

  private placeOn(given: RevisionView, wish: Wish): boolean {
    const view = this.withSettled(given);
    const placing = placeContainers(this.scene.service, view, [wish], this.nodes, this.scene.active?.id ?? null);
    this.nodes = placing.nodes;
    this.create.push(...placing.placed);
    if (!this.scene.addresses?.held.includes(wish.ordinal)) this.freeAddresses -= placing.placed.length;
    for (const refused of placing.refusals) {
      this.refuse(refused);
      if (isFree(view, wish)) this.refusedRevisions.set(view.number, refused);
    }
    const [placed] = placing.placed;
    if (placed === undefined) return false;
    for (const { volume } of demandOfInstance(view, wish.ordinal).claims) this.claimed.add(volume);
    for (const volume of view.demand.unplaced) this.settled.set(volume, placed.nodeId);
    return true;
  }

  private withSettled(view: RevisionView): RevisionView {
    const pins = view.demand.unplaced.flatMap((volume) => {
      const nodeId = this.settled.get(volume);
      return nodeId === undefined ? [] : [{ volume, nodeId }];
    });
    return pins.length === 0 ? view : { ...view, demand: { ...view.demand, pins: [...view.demand.pins, ...pins] } };
  }

  refuse(refusal: Refusal): void {
    this.refusals.push(refusal);
    this.lookAgainIn(retryPlacingMs[refusal.kind]);
  }

  /** Whether the wishes could be placed if the given containers were gone; null means yes. Plans nothing. */
  wouldRefuse(wishes: readonly Wish[], revision: number, without: readonly ContainerView[]): Refusal | null {
    const view = this.scene.revision(revision);
    if (view === null) return null;
    let nodes = this.nodes;
    for (const container of without) {
      const demand = this.scene.revision(container.revision)?.demand;
      if (demand === undefined) continue;
      nodes = nodes.map((node) => (node.id === container.nodeId ? withLoad(node, demand, -1) : node));
    }
    return placeContainers(this.scene.service, view, wishes, nodes).refusals[0] ?? null;
  }

  remove(container: ContainerView, reason: string, { failed = false, autodestroyed = false }: Removal = {}): void {
    const change = this.changeOf(container);
    change.desired = 'removed';
    change.reason = reason;
    if (failed && container.failedAt === null) change.failedAt = this.scene.now;
    change.autodestroyed = autodestroyed;
    change.pool = this.poolWhenEnded(container);
    this.changes.set(container.id, change);
  }

  stop(container: ContainerView, reason: string): void {
    const pool = this.poolWhenEnded(container);
    this.changes.set(container.id, { ...this.changeOf(container), desired: 'stopped', reason, pool });
  }

  /**
   * Starts the same container again, as a new incarnation. One that is only on its way out of the pool was never told
   * to stop: it goes back in.
   */
  start(container: ContainerView, reason: string): void {
    const runsOn = container.pool === 'leaving' && container.state === 'running';
    this.changes.set(container.id, {
      ...this.changeOf(container),
      desired: 'running',
      reason,
      startIncarnation: runsOn ? null : container.incarnation + 1,
      deploymentId: this.scene.active?.id ?? null,
      pool: runsOn ? 'joining' : null,
    });
  }

  /** Forgets where a rebalance wanted it; the decision is then made anew, as if it had never been wanted there. */
  stay(container: ContainerView): void {
    this.staying.add(container.id);
  }

  staysPut(container: ContainerView): void {
    const change = this.changeOf(container);
    const reason = change.reason || 'There is no place for it where it was to go.';
    this.changes.set(container.id, { ...change, reason, staysPut: true });
    // Who asked for the move is told then.
    this.lookAgainIn(1_000);
  }

  movePool(container: ContainerView, pool: PoolState, reason: string): void {
    const change = this.changeOf(container);
    this.changes.set(container.id, { ...change, pool, reason: change.reason || reason });
  }

  /** As it stands with what is planned. */
  planned(container: ContainerView): Pick<PlannedChange, 'desired' | 'pool'> {
    return this.changeOf(container);
  }

  /** Writes down when a failure was first seen: the back-off counts from there. */
  markFailed(container: ContainerView, reason: string): void {
    if (container.failedAt !== null) return;
    this.changes.set(container.id, { ...this.changeOf(container), reason, failedAt: this.scene.now });
  }

  /** What edges still send requests to leaves first; its agent hears of its end when it has left. */
  private poolWhenEnded(container: ContainerView): PoolState | null {
    if (this.scene.isServing(container)) return 'leaving';
    return takesRequests(container.pool) ? 'out' : null;
  }

  private changeOf(container: ContainerView): PlannedChange {
    return (
      this.changes.get(container.id) ?? {
        containerId: container.id,
        desired: container.desired,
        reason: '',
        startIncarnation: null,
        deploymentId: null,
        failedAt: null,
        autodestroyed: false,
        staysPut: false,
        pool: null,
      }
    );
  }
}
