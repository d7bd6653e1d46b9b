import { decideRestart } from '#libs/domain/container/restart.decide.js';
import type { RuntimeContainerDetail } from '#libs/runtime/container.js';
import type { SpecPart } from '../hooks/runtime.hook.js';
import { containerSpec } from './container-spec.js';
import { wantsFreshStart, type Situation, type Step } from './container.decide.js';
import { ContainerEngine } from './container.engine.js';
import { volumesOf, type ContainerRecord, type Phase } from './container.record.js';
import type { NodeContext } from './node.context.js';
import { HookView, type LoopLink } from './hook-view.js';
import { Observation } from './observation.js';

/** Takes the steps of one container on the engine, and keeps its record and what is reported of it. */
export class ContainerActor {
  forgotten = false;
  private acknowledged = 0;
  /** Of a process that was seen to end; null where only the end is known. */
  private exitCode: number | null = null;
  /** The run that the hooks were told of. */
  private watchedRun: number | null = null;
  private readonly engine: ContainerEngine;
  private readonly observation: Observation;
  private readonly seen: HookView;
  /** A call for this container went unanswered, so it may exist although its id is not known. */
  private uncertain = false;

  constructor(
    private readonly record: ContainerRecord,
    public phase: Phase,
    private readonly context: NodeContext,
    private readonly loop: LoopLink,
  ) {
    this.engine = new ContainerEngine(record, context);
    this.observation = new Observation(record.run, (observed) => {
      this.acknowledged = record.assignment.generation;
      context.sinks.report(record, observed);
    });
    const retrying = () => this.uncertain;
    this.seen = new HookView({ record, context, observation: this.observation, loop, retrying });
  }

  situation(): Omit<Situation, 'now'> {
    return { record: this.record, phase: this.phase, forgotten: this.forgotten };
  }

  async act(step: Step): Promise<void> {
    switch (step.do) {
      case 'look':
        return this.look();
      case 'collect':
        return this.collect();
      case 'create':
        return this.create();
      case 'start':
        return this.start();
      case 'stop':
        return this.stop(step.why);
      case 'remove':
        return this.remove();
      case 'forget':
        return this.forget();
      case 'weigh':
        return this.weigh();
      case 'settle':
        return this.settle('exited', null);
      case 'wait':
      case 'none':
        return;
    }
  }

  /** The engine said no to a start: over, until the assignment or the user asks again. */
  refused(message: string): void {
    if (this.observation.canBe('failed')) return this.settle('failed', message);
    this.begin();
    this.settle('failed', message);
  }

  /** A step failed in a way that leaves open what happened. */
  stumbled(step: Step): void {
    if (step.do === 'create') this.uncertain = true;
    else if (step.do === 'start' || step.do === 'stop' || step.do === 'remove') this.phase = 'unknown';
  }

  /** Its process was seen to end. */
  gone(exitCode: number | null): void {
    this.phase = 'gone';
    this.exitCode = exitCode;
  }

  /** Nothing is left to do: the control plane should know under which generation. */
  atRest(): void {
    if (this.acknowledged !== this.record.assignment.generation) this.observation.repeat();
  }

  /** Stops watching; the container stays as it is. */
  release(): void {
    this.eachStopped();
  }

  private async look(): Promise<void> {
    const { run } = this.record;
    const detail = await this.engine.inspect();
    if (!detail) return this.vanished();
    run.engineId = detail.engineId;
    if (isUp(detail)) return this.nowRunning(detail);
    // An engine may call a container that has run `created` again, after its host was restarted.
    if (detail.state !== 'created' || run.startedAt !== null) return this.nowEnded(detail.exitCode, detail.finishedAt);
    this.phase = 'created';
  }

  private vanished(): void {
    this.eachStopped();
    this.record.run.engineId = null;
    this.phase = 'absent';
    if (this.record.run.settled) this.republishSettled();
  }

  private async create(): Promise<void> {
    const { assignment, run } = this.record;
    const { template } = assignment;
    if (!template) return this.settle('failed', 'The container has no definition.');
    if (this.uncertain) {
      await this.look();
      if (this.phase !== 'absent') {
        this.uncertain = false;
        return;
      }
    }
    this.begin();
    const parts: SpecPart[] = [];
    for (const hook of this.context.hooks) {
      const part = await hook.prepare?.(this.seen);
      if (!part) continue;
      parts.push(part);
      this.seen.imageId = part.imageId ?? this.seen.imageId;
    }
    this.observation.move('starting');
    const { imageDigest } = Object.assign({}, ...parts) as SpecPart;
    if (this.loop.signal().aborted) return;
    const spec = containerSpec(assignment, template, parts);
    run.engineId = await this.engine.create(spec);
    this.uncertain = false;
    run.imageDigest = imageDigest ?? null;
    run.volumes = volumesOf(assignment);
    run.startedAt = null;
    this.phase = 'created';
    this.context.sinks.save(this.record);
  }

  private async start(): Promise<void> {
    const { run } = this.record;
    this.begin();
    this.observation.move('starting');
    for (const hook of this.context.hooks) await hook.starting?.(this.seen);
    await this.engine.start(run.startedAt !== null);
    run.restartAt = null;
    const detail = await this.engine.inspect();
    if (!detail) return this.vanished();
    run.startedAt = detail.startedAt?.getTime() ?? Date.now();
    if (isUp(detail)) this.nowRunning(detail);
    else this.nowEnded(detail.exitCode, detail.finishedAt);
  }

  /** Opens the next incarnation when the present one can't start (again). */
  private begin(): void {
    const { run, assignment } = this.record;
    if (wantsFreshStart(this.record)) {
      run.failures = 0;
      run.restartNonce = assignment.restartNonce;
    }
    run.settled = null;
    if (run.incarnation === 0 || !this.observation.canBe('starting')) run.incarnation += 1;
  }

  private nowRunning(detail: RuntimeContainerDetail): void {
    const { run } = this.record;
    const startedAt = detail.startedAt?.getTime() ?? null;
    // Started by somebody else, or by an earlier life of this agent that could not note it down any more.
    const missed = run.startedAt !== null && startedAt !== null && startedAt !== run.startedAt;
    if (run.incarnation === 0 || missed || !this.observation.canBe('running')) run.incarnation += 1;
    if (missed || run.health === 'none')
      run.health = this.record.assignment.template?.healthCheck ? 'starting' : 'none';
    run.startedAt = startedAt;
    run.restartAt = null;
    run.imageDigest ??= detail.imageDigest;
    run.settled = null;
    this.phase = 'running';
    this.context.sinks.save(this.record);
    this.observation.running(detail);
    if (this.watchedRun === startedAt || !this.record.assignment.template) return;
    this.eachStopped();
    this.watchedRun = startedAt;
    for (const hook of this.context.hooks) hook.started?.(this.seen, detail);
  }

  private async collect(): Promise<void> {
    this.eachStopped();
    const exit = this.exitCode === null ? await this.engine.exitCode() : { exitCode: this.exitCode };
    if (exit) this.nowEnded(exit.exitCode, new Date());
    else this.vanished();
  }

  private nowEnded(exitCode: number | null, finishedAt: Date | null): void {
    const { run } = this.record;
    this.eachStopped();
    if (run.incarnation === 0) run.incarnation = 1;
    run.exitCode = exitCode;
    run.finishedAt = (finishedAt ?? new Date()).getTime();
    run.startedAt ??= run.finishedAt;
    run.health = 'none';
    this.phase = 'ended';
    this.context.sinks.save(this.record);
    if (run.settled) this.republishSettled();
  }

  private weigh(): void {
    const { run, assignment } = this.record;
    const { failures, exitCode, startedAt, finishedAt } = run;
    const history = {
      failures,
      exitCode,
      lastStartedAt: startedAt === null ? null : new Date(startedAt),
      ranMs: startedAt === null || finishedAt === null ? 0 : Math.max(0, finishedAt - startedAt),
    };
    const decision = decideRestart(assignment.restart, history, new Date());
    if (!decision.restart) return this.settle(decision.final, decision.sentence);
    run.failures = decision.failures;
    run.restartAt = decision.at.getTime();
    // The next incarnation begins here, not with its start: `exited` would read as the end of the matter.
    if (!this.observation.canBe('starting')) run.incarnation += 1;
    this.context.sinks.save(this.record);
    const ended = exitCode === null ? 'Its process ended' : `Its process ended with code ${exitCode}`;
    this.observation.move('starting', `${ended}; it is started again.`);
  }

  private async stop(why: 'stopped' | 'restart' | 'removed'): Promise<void> {
    // A newer assignment that arrives meanwhile must still find something to act on.
    const { generation } = this.record.assignment;
    this.eachStopped();
    this.observation.move('stopping');
    const detail = (await this.engine.stop()) ? await this.engine.inspect() : null;
    if (detail) this.nowEnded(detail.exitCode, detail.finishedAt);
    else this.vanished();
    if (why === 'stopped') this.settle('exited', null, generation);
  }

  private settle(
    state: 'exited' | 'failed',
    message: string | null,
    generation = this.record.assignment.generation,
  ): void {
    const { run, assignment } = this.record;
    if (run.incarnation === 0) run.incarnation = 1;
    run.settled = { generation, state, message };
    run.restartNonce = Math.max(run.restartNonce, assignment.restartNonce);
    run.restartAt = null;
    this.context.sinks.save(this.record);
    this.republishSettled();
  }

  private republishSettled(): void {
    const { settled } = this.record.run;
    if (settled) this.observation.move(settled.state, settled.message);
  }

  private async remove(): Promise<void> {
    await this.engine.remove();
    this.vanished();
  }

  private async forget(): Promise<void> {
    this.eachStopped();
    for (const hook of [...this.context.hooks].reverse()) await hook.destroy?.(this.seen);
    this.forgotten = true;
    this.observation.move('removed');
  }

  private eachStopped(): void {
    this.watchedRun = null;
    for (const hook of [...this.context.hooks].reverse()) hook.stopped?.(this.seen);
  }
}

/** Its process is there: paused is, and so is one that the engine is just stopping. */
const isUp = ({ state }: RuntimeContainerDetail): boolean =>
  state === 'running' || state === 'paused' || state === 'stopping';
