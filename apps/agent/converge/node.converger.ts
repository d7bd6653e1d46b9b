import type { NodeAssignment } from '#libs/agent-protocol/node-assignment.js';
import type { RuntimeContainer } from '#libs/runtime/container.js';
import { runtimeLabels } from '#libs/runtime/labels.js';
import type { StateStore } from '../state/state.store.js';
import { ContainerLoop } from './container.loop.js';
import { newRun, type ContainerRecord } from './container.record.js';
import { within } from './engine.client.js';
import type { NodeContext } from './node.context.js';
import { SharedParts } from './shared-parts.js';

/** All containers of one node: hands assignments to their loops and clears away what the node no longer has. */
export class NodeConverger {
  private readonly loops = new Map<string, ContainerLoop>();
  private readonly parts = new SharedParts();
  /** What the engine already had when the agent started, by container id. */
  private found = new Map<string, RuntimeContainer>();
  private generation = 0;
  /** Before the first full set the agent can't tell what is superfluous. */
  private complete = false;

  constructor(
    private readonly context: NodeContext,
    private readonly store: StateStore,
    private readonly onForgotten: (containerId: string) => void,
  ) {}

  /** Takes up what an earlier life of this agent held. Running containers stay untouched. */
  async start(): Promise<void> {
    const listed = await within(this.context.deadlines.look, this.context.driver.list());
    this.found = byContainer(listed);
    const { generation, containers } = await this.store.load();
    this.generation = generation;
    for (const record of containers) {
      record.assignment = this.parts.take(record.assignment);
      this.loops.set(record.assignment.containerId, new ContainerLoop(record, 'unknown', this.context));
    }
    for (const loop of this.loops.values()) loop.kick();
  }

  get heldGeneration(): number {
    return this.generation;
  }

  get size(): number {
    return this.loops.size;
  }

  countRunning(): number {
    let running = 0;
    for (const loop of this.loops.values()) if (loop.phase === 'running') running += 1;
    return running;
  }

  engineIdOf(containerId: string): string | null {
    return this.loops.get(containerId)?.record.run.engineId ?? null;
  }

  /** The complete set: what is not in it is removed. */
  async applySet(generation: number, assignments: readonly NodeAssignment[]): Promise<void> {
    const wanted = new Set(assignments.map(({ containerId }) => containerId));
    for (const [id, loop] of this.loops) {
      if (wanted.has(id)) continue;
      if (loop.finished) this.drop(id);
      else loop.discard();
    }
    for (const assignment of assignments) this.assign(assignment);
    this.complete = true;
    await this.hold(generation);
    for (const [id, container] of this.found) if (!this.loops.has(id)) this.clear(container);
    this.found.clear();
  }

  async applyChange(generation: number, assignments: readonly NodeAssignment[]): Promise<void> {
    for (const assignment of assignments) this.assign(assignment);
    await this.hold(generation);
  }

  /** The control plane has stored that it is gone: nothing of it needs to be kept. */
  storedAsRemoved(containerId: string): void {
    if (this.loops.get(containerId)?.finished) this.drop(containerId);
  }

  sharesProject(record: ContainerRecord): boolean {
    const { projectId, containerId } = record.assignment;
    for (const [id, loop] of this.loops) {
      if (id !== containerId && !loop.finished && loop.record.assignment.projectId === projectId) return true;
    }
    return false;
  }

  neighbours({ assignment }: ContainerRecord, serviceId: string): { ordinal: number; engineId: string }[] {
    return [...this.loops.values()].flatMap(({ record }) => {
      const { engineId } = record.run;
      const { desired, ordinal, projectId } = record.assignment;
      const isOne = record.assignment.serviceId === serviceId && projectId === assignment.projectId;
      return isOne && desired !== 'removed' && engineId !== null ? [{ ordinal, engineId }] : [];
    });
  }

  /**
   * Ends what still writes to a volume that went to another container, without its grace period; it does not start
   * again.
   */
  async fence(volumeId: string, fence: number): Promise<void> {
    const holders = [...this.loops.values()].filter(
      ({ record: { assignment, run } }) =>
        run.engineId !== null &&
        assignment.volumes.some((one) => one.volumeId === volumeId && one.fence > 0 && one.fence < fence),
    );
    const { driver, stops } = this.context;
    for (const { record } of holders) {
      const { engineId } = record.run;
      if (engineId !== null) await stops.run(() => driver.stop(engineId, { graceMs: 0 }));
    }
  }

  /** An event of the engine concerns it. */
  doubt(containerId: string): void {
    this.loops.get(containerId)?.doubt();
  }

  /** Compares what is believed with what the engine lists, which was asked at `askedAt`. */
  compare(listed: readonly RuntimeContainer[], askedAt: number): void {
    const present = byContainer(listed);
    for (const [id, loop] of this.loops) {
      if (loop.steadyAt(askedAt) && !agrees(loop, present.get(id))) loop.doubt();
    }
    if (!this.complete) return;
    for (const [id, container] of present) if (!this.loops.has(id)) this.clear(container);
  }

  async close(): Promise<void> {
    await Promise.all([...this.loops.values()].map((loop) => loop.close()));
    await this.store.flush();
  }

  private assign(given: NodeAssignment): void {
    const assignment = this.parts.take(given);
    const id = assignment.containerId;
    const present = this.loops.get(id);
    if (present) {
      present.assign(assignment);
      return;
    }
    const record: ContainerRecord = { assignment, run: newRun(assignment) };
    const found = this.found.get(id);
    if (found) record.run.engineId = found.engineId;
    const loop = new ContainerLoop(record, found ? 'unknown' : 'absent', this.context);
    this.loops.set(id, loop);
    this.store.save(record);
    loop.kick();
  }

  private async hold(generation: number): Promise<void> {
    this.generation = generation;
    this.store.setGeneration(generation);
    await this.store.flush();
  }

  private drop(id: string): void {
    const loop = this.loops.get(id);
    if (loop) this.parts.drop(loop.record.assignment);
    this.loops.delete(id);
    this.store.remove(id);
    void loop?.close();
    this.onForgotten(id);
  }

  /** Made by this node's agent once, but not in its set: nobody will ask for it again. */
  private clear({ engineId, name }: RuntimeContainer): void {
    this.context.log.info({ engineId, name }, 'Removing a container that the node no longer has.');
    this.context.stops
      .run(async () => {
        await this.context.driver.stop(engineId, { graceMs: 10_000 });
        await this.context.driver.remove(engineId, { force: true, volumes: true });
      })
      .catch((error: unknown) => {
        this.context.log.warn({ engineId, err: error }, 'A superfluous container could not be removed yet.');
      });
  }
}

function byContainer(listed: readonly RuntimeContainer[]): Map<string, RuntimeContainer> {
  const result = new Map<string, RuntimeContainer>();
  for (const container of listed) {
    const id = container.labels[runtimeLabels.container];
    if (id) result.set(id, container);
  }
  return result;
}

function agrees({ phase }: ContainerLoop, listed: RuntimeContainer | undefined): boolean {
  if (!listed) return phase === 'absent';
  if (phase === 'absent' || phase === 'unknown' || phase === 'gone') return false;
  const up = listed.state !== 'created' && listed.state !== 'exited';
  return up === (phase === 'running');
}
