import type { AgentDirectory, Assignment, ContainerReport } from '#libs/core/agent/agent-directory.port.js';
import type { ObservedContainer } from '#libs/domain/container/state.js';

const capacity = { milliCpu: 64_000, memoryBytes: 256 * 1024 ** 3, diskBytes: 0, maxContainers: 100_000 };

const fresh: ObservedContainer = {
  state: 'pending',
  incarnation: 0,
  health: 'none',
  engineId: null,
  exitCode: null,
  message: null,
  imageDigest: null,
  address: null,
  ports: [],
  startedAt: null,
  finishedAt: null,
};

/**
 * A gateway's session and its agent in one, over an engine that obeys at once: takes assignments from the directory
 * and stores what became of them, in batches, as a gateway does.
 */
export class SimulatedNode {
  epoch = 0;
  private generation = 0;
  private sequence = 0;
  private readonly running = new Map<string, ObservedContainer>();
  private working: Promise<void> | null = null;
  private again = false;

  constructor(
    readonly id: string,
    private readonly directory: AgentDirectory,
    /** Told of every stored change: a container that runs now, or is gone. */
    private readonly onStored: (change: 'running' | 'removed', count: number) => void,
  ) {}

  async join(): Promise<void> {
    const hello = {
      agentVersion: '1',
      engineKind: 'podman',
      engineVersion: '4.3.1',
      labels: {},
      address: '127.0.0.1',
      roles: [],
      overlay: false,
      underlayAddress: '',
    };
    this.epoch = (await this.directory.openSession(this.id, 'serial', 'bench', { ...hello, capacity })).epoch;
  }

  /** Looks for assignments; calls meanwhile are answered by one more look. */
  kick(): Promise<void> {
    this.again = true;
    this.working ??= this.work().finally(() => (this.working = null));
    return this.working;
  }

  private async work(): Promise<void> {
    while (this.again) {
      this.again = false;
      const batch = await this.directory.assignmentsSince(this.id, this.generation);
      if (!batch) continue;
      this.generation = batch.generation;
      const reports = batch.assignments.flatMap((assignment) => this.obey(assignment));
      if (!reports.length) continue;
      await this.directory.report(this.id, this.epoch, reports);
      const removed = reports.filter(({ observed }) => observed.state === 'removed').length;
      this.onStored('removed', removed);
      this.onStored('running', reports.length - removed);
    }
  }

  private obey({ containerId, generation, desired }: Assignment): ContainerReport[] {
    const before = this.running.get(containerId);
    if (desired === 'removed') {
      this.running.delete(containerId);
      return [this.report(containerId, generation, { ...(before ?? fresh), state: 'removed' })];
    }
    if (before) return [];
    const observed: ObservedContainer = { ...fresh, state: 'running', incarnation: 1, startedAt: new Date() };
    this.running.set(containerId, observed);
    return [this.report(containerId, generation, observed)];
  }

  private report(containerId: string, generation: number, observed: ObservedContainer): ContainerReport {
    return { sequence: ++this.sequence, containerId, generation, observed };
  }
}
