import { takesRequests } from '#libs/domain/container/pool.js';
import { isAlive } from '#libs/domain/container/state.js';
import { deploymentEnded } from '#libs/domain/deployment/state.js';
import type {
  ContainerView,
  DeploymentView,
  NodeView,
  RevisionView,
  ServicePlan,
  ServiceSnapshot,
  ServiceView,
} from '../snapshot.js';
import { start } from './views.js';

/** How containers of a revision behave: what a run of them would show. */
export type Behaviour = 'serves' | 'job' | 'crashes' | 'no-image' | 'never-healthy';

/** A choice from 0 to `below - 1`. */
export type Choose = (below: number) => number;

/**
 * A cluster in memory: applies plans as the core would and moves observed states as agents would, one small step at
 * a time, so that properties can be stated over whole histories.
 */
export class ClusterSimulator {
  now = start;
  containers: ContainerView[] = [];
  deployment: DeploymentView | null = null;
  /** Containers that edges know as what their pool says; one that is not here was changed and not confirmed yet. */
  private readonly confirmed = new Set<string>();
  private made = 0;

  constructor(
    public service: ServiceView,
    readonly revisions: RevisionView[],
    readonly nodes: NodeView[],
    readonly behaviours: Record<number, Behaviour>,
  ) {}

  snapshot(): ServiceSnapshot {
    const living = this.containers.filter((one) => isAlive(one.state));
    const nodes = this.nodes.map((node) => {
      const here = living.filter((one) => one.nodeId === node.id);
      const demands = here.flatMap((one) => this.revisions.find((rev) => rev.number === one.revision)?.demand ?? []);
      return {
        ...node,
        usedMilliCpu: demands.reduce((sum, demand) => sum + demand.milliCpu, 0),
        usedMemoryBytes: demands.reduce((sum, demand) => sum + demand.memoryBytes, 0),
        usedContainers: here.length,
        serviceContainers: here.length,
        usedHostPorts: demands.flatMap((demand) => demand.hostPorts),
      };
    });
    const { now, service, revisions, deployment } = this;
    const edges = service.routing?.edgesLive === true;
    const containers = this.containers.map((one) => ({ ...one, poolSettled: !edges || this.confirmed.has(one.id) }));
    return { now, service, revisions, containers, deployment, nodes };
  }

  apply(plan: ServicePlan): void {
    for (const change of plan.change) {
      this.patch(change.containerId, {
        desired: change.desired,
        ...(change.startIncarnation === null ? {} : { startIncarnation: change.startIncarnation }),
        ...(change.deploymentId === null ? {} : { deploymentId: change.deploymentId }),
        ...(change.failedAt === null ? {} : { failedAt: change.failedAt }),
        ...(change.autodestroyed ? { autodestroyed: true } : {}),
        ...(change.staysPut ? { moveTo: null } : {}),
        ...(change.pool === null ? {} : { pool: change.pool, poolChangedAt: this.now }),
      });
      if (change.pool !== null) this.confirmed.delete(change.containerId);
    }
    for (const create of plan.create) {
      this.made += 1;
      this.containers.push({
        ...create,
        id: `c${String(this.made).padStart(5, '0')}`,
        desired: 'running',
        state: 'pending',
        health: 'none',
        incarnation: 0,
        exitCode: null,
        message: null,
        createdAt: this.now,
        startedAt: null,
        finishedAt: null,
        startIncarnation: 0,
        failedAt: null,
        autodestroyed: false,
        held: false,
        moveTo: null,
        pool: 'none',
        poolSettled: true,
        poolChangedAt: null,
      });
    }
    if (plan.deployment !== null && this.deployment !== null) {
      const { serviceRevision, message: _message, ...rest } = plan.deployment;
      this.deployment = { ...this.deployment, ...rest };
      if (serviceRevision !== null) this.service = { ...this.service, revision: serviceRevision };
    }
  }

  begin(deployment: DeploymentView): void {
    const deadlineAt = new Date(this.now.getTime() + this.service.rollout.progressDeadlineMs);
    this.deployment = { ...deployment, startedAt: this.now, deadlineAt };
  }

  get deploying(): boolean {
    return this.deployment !== null && !deploymentEnded(this.deployment.state);
  }

  pass(milliseconds: number): void {
    this.now = new Date(this.now.getTime() + milliseconds);
  }

  setNode(index: number, patch: Partial<NodeView>): void {
    const node = this.nodes[index];
    if (node) this.nodes[index] = { ...node, ...patch };
  }

  /** All edges put into force what they were told; true when there was something they had not. */
  confirmPool(): boolean {
    const open = this.containers.filter((one) => awaitsEdges(one) && !this.confirmed.has(one.id));
    for (const one of open) this.confirmed.add(one.id);
    return open.length > 0 && this.service.routing?.edgesLive === true;
  }

  setEdges(live: boolean): void {
    const { routing } = this.service;
    if (routing !== null) this.service = { ...this.service, routing: { ...routing, edgesLive: live } };
  }

  /** What edges send requests to, all of them. */
  inPool(): ContainerView[] {
    return this.containers.filter(
      (one) => one.state === 'running' && (one.pool === 'in' || (one.pool === 'joining' && this.confirmed.has(one.id))),
    );
  }

  /** Containers whose agent is told to end them while edges still send them requests. */
  droppedRequests(): ContainerView[] {
    if (!this.service.routing?.edgesLive) return [];
    return this.containers.filter(
      (one) => one.desired !== 'running' && one.state === 'running' && takesRequests(one.pool) && this.answers(one),
    );
  }

  /** What a rebalance asks for. */
  move(index: number, nodeIndex: number): void {
    const [one, node] = [this.containers[index], this.nodes[nodeIndex]];
    if (one?.desired === 'running' && one.state === 'running' && node && node.id !== one.nodeId) {
      this.patch(one.id, { moveTo: node.id });
    }
  }

  /** The node monitor's part: what it writes when a node is given up. */
  loseNode(index: number): void {
    this.setNode(index, { state: 'lost' });
    for (const one of this.on(index)) if (isAlive(one.state)) this.patch(one.id, { state: 'lost' });
  }

  /** Back with everything as it was, which is the worst case: containers replaced meanwhile run again. */
  returnNode(index: number): void {
    this.setNode(index, { state: 'ready' });
    for (const one of this.on(index)) {
      if (one.state === 'lost') this.patch(one.id, { state: 'running', startedAt: this.now, health: 'healthy' });
    }
  }

  /** Lets the agent move one container on; true when there was something to move. */
  advance(index: number): boolean {
    const one = this.containers[index];
    if (!one || !this.answers(one)) return false;
    const next = this.nextOf(one);
    if (next === null) return false;
    this.patch(one.id, next);
    return true;
  }

  /** Kills a running container's process; its restart policy has its say. */
  crash(index: number): void {
    const one = this.containers[index];
    if (!one || one.state !== 'running' || one.desired !== 'running' || !this.answers(one)) return;
    this.patch(one.id, this.endOf(one, 137));
  }

  private answers(one: ContainerView): boolean {
    const node = this.nodes.find((each) => each.id === one.nodeId);
    return node !== undefined && node.state !== 'lost' && node.state !== 'removed' && node.state !== 'unreachable';
  }

  private nextOf(one: ContainerView): Partial<ContainerView> | null {
    if (one.state === 'removed') return null;
    const told = one.pool === 'leaving' ? 'running' : one.desired;
    if (told !== 'running') {
      if (one.state === 'running') return { state: 'stopping' };
      if (told === 'removed') return { state: 'removed' };
      return isAlive(one.state) ? { state: 'exited', exitCode: 143, finishedAt: this.now } : null;
    }
    const behaviour = this.behaviours[one.revision] ?? 'serves';
    const checked = this.revisions.find((each) => each.number === one.revision)?.demand.hasHealthCheck ?? false;
    switch (one.state) {
      case 'pending':
        return { state: 'pulling' };
      case 'pulling':
        if (behaviour === 'no-image') return { state: 'failed', message: 'No such image.' };
        return { state: 'starting', incarnation: 1 };
      case 'starting':
        return { state: 'running', startedAt: this.now, finishedAt: null, health: checked ? 'starting' : 'none' };
      case 'running':
        if (behaviour === 'crashes') return this.endOf(one, 1);
        if (behaviour === 'job') return this.endOf(one, 0);
        if (!checked || one.health === 'healthy' || behaviour === 'never-healthy') return null;
        return { health: 'healthy' };
      case 'stopping': // told to stop, then to run again
        return { state: 'exited', exitCode: 143, finishedAt: this.now };
      case 'exited':
      case 'failed':
        if (one.incarnation >= one.startIncarnation) return null;
        return { state: 'starting', incarnation: one.startIncarnation, exitCode: null, finishedAt: null };
      default:
        return null;
    }
  }

  private endOf(one: ContainerView, exitCode: number): Partial<ContainerView> {
    const { condition } = this.service.restart;
    const again = condition === 'always' || (condition === 'on-failure' && exitCode !== 0);
    return again
      ? { state: 'starting', incarnation: one.incarnation + 1, exitCode }
      : { state: 'exited', exitCode, finishedAt: this.now };
  }

  private on(index: number): ContainerView[] {
    return this.containers.filter((one) => one.nodeId === this.nodes[index]?.id);
  }

  private patch(id: string, patch: Partial<ContainerView>): void {
    this.containers = this.containers.map((one) => (one.id === id ? { ...one, ...patch } : one));
  }
}

const awaitsEdges = ({ pool }: ContainerView): boolean => pool === 'joining' || pool === 'leaving';

export const chooser = (numbers: readonly number[]): Choose => {
  let at = 0;
  return (below) => (below <= 0 ? 0 : (numbers[at++ % Math.max(1, numbers.length)] ?? 0) % below);
};
