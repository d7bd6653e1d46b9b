import {
  canMove,
  type ContainerState,
  type HealthState,
  type ObservedContainer,
} from '#libs/domain/container/state.js';
import type { RuntimeContainerDetail } from '#libs/runtime/container.js';
import type { RunRecord } from './container.record.js';

const date = (ms: number | null) => (ms === null ? null : new Date(ms));

const reportedState = ({ startedAt, restartAt }: RunRecord): ContainerState =>
  startedAt === null ? 'pending' : restartAt === null ? 'running' : 'starting';

/**
 * What is reported of one container. Within an incarnation its state only moves forward: an attempt to go back is
 * dropped here, so that no caller has to think of it.
 */
export class Observation {
  private state: ContainerState;
  private incarnation: number;
  private message: string | null = null;
  private detail: Pick<RuntimeContainerDetail, 'address' | 'ports'> = { address: null, ports: [] };

  constructor(
    private readonly run: RunRecord,
    private readonly publish: (observed: ObservedContainer) => void,
  ) {
    // After a restart of the agent it goes on from what was reported at least.
    this.incarnation = run.incarnation;
    this.state = run.settled?.state ?? reportedState(run);
  }

  /** False when a new incarnation is needed before it can be in `state`. */
  canBe(state: ContainerState): boolean {
    return this.run.incarnation > this.incarnation || canMove(this.state, state);
  }

  move(state: ContainerState, message: string | null = null): void {
    if (!this.canBe(state)) return;
    const again = state === this.state && this.incarnation === this.run.incarnation && message === this.message;
    if (again && state === 'starting') return;
    this.incarnation = this.run.incarnation;
    this.state = state;
    this.message = message;
    if (state !== 'running' && state !== 'stopping') {
      this.detail = { address: null, ports: [] };
    }
    this.send();
  }

  running(detail: RuntimeContainerDetail): void {
    this.detail = { address: detail.address, ports: detail.ports };
    this.move('running');
  }

  /** True when it changed. */
  setHealth(health: HealthState): boolean {
    if (health === this.run.health || this.state !== 'running') return false;
    this.run.health = health;
    this.send();
    return true;
  }

  /** Says the same again, for a newer generation of the assignment. */
  repeat(): void {
    if (this.state !== 'pending') this.send();
  }

  private send(): void {
    const { run } = this;
    this.publish({
      state: this.state,
      incarnation: Math.max(1, run.incarnation),
      health: this.state === 'running' ? run.health : 'none',
      engineId: run.engineId,
      exitCode: this.state === 'running' ? null : run.exitCode,
      message: this.message,
      imageDigest: run.imageDigest,
      address: this.detail.address,
      ports: this.detail.ports,
      startedAt: date(run.startedAt),
      finishedAt: this.state === 'running' ? null : date(run.finishedAt),
    });
  }
}
