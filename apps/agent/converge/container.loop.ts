import type { NodeAssignment } from '#libs/agent-protocol/node-assignment.js';
import { ContainerActor } from './container.actor.js';
import { nextStep, type Step } from './container.decide.js';
import type { ContainerRecord, Phase } from './container.record.js';
import type { NodeContext } from './node.context.js';
import { judge } from './refusal.js';

/**
 * One small loop per container: look at where it is, take one step towards its assignment, again. Whatever happens
 * (a new assignment, the end of its process, a timer) only kicks the loop, which then decides afresh.
 */
export class ContainerLoop {
  private readonly actor: ContainerActor;
  private busy = false;
  private steadySince = 0;
  private kicked = false;
  private closed = false;
  private attempts = 0;
  private timer: NodeJS.Timeout | undefined;
  /** Of what is being prepared; none while nothing is. */
  private preparing: AbortController | null = null;
  private idle: Promise<void> = Promise.resolve();

  constructor(
    readonly record: ContainerRecord,
    phase: Phase,
    private readonly context: NodeContext,
  ) {
    this.actor = new ContainerActor(record, phase, context, {
      gone: (exitCode) => this.gone(exitCode),
      signal: () => (this.preparing ??= new AbortController()).signal,
    });
  }

  get phase(): Phase {
    return this.actor.phase;
  }

  /** Removed, and reported so. */
  get finished(): boolean {
    return this.actor.forgotten;
  }

  /** False when the assignment is not newer than the one that is held. */
  assign(next: NodeAssignment): boolean {
    const held = this.record.assignment;
    if (next.generation < held.generation) return false;
    const changed = next.generation > held.generation || next.restartNonce > held.restartNonce;
    // A removal comes without a template, but its stop still needs the grace period.
    this.record.assignment = { ...next, template: next.template ?? held.template };
    if (!changed) return true;
    this.context.sinks.save(this.record);
    this.attempts = 0;
    this.preparing?.abort();
    this.preparing = null;
    this.kick();
    return true;
  }

  /** Not in the node's set any more: it goes, whatever its last assignment said. */
  discard(): void {
    if (this.record.assignment.desired === 'removed') return;
    this.assign({ ...this.record.assignment, desired: 'removed', generation: this.record.assignment.generation + 1 });
  }

  kick(): void {
    if (this.closed) return;
    clearTimeout(this.timer);
    this.kicked = true;
    if (this.busy) return;
    this.busy = true;
    this.idle = this.run();
  }

  /** Its process was seen to end. */
  gone(exitCode: number | null): void {
    if (this.actor.phase !== 'running') return;
    this.actor.gone(exitCode);
    this.kick();
  }

  /** Nothing of it was under way at any moment since `time`: what the engine said then can be compared. */
  steadyAt(time: number): boolean {
    return !this.busy && this.steadySince < time;
  }

  /** The engine's events or its listing disagree with what is believed: look again. */
  doubt(): void {
    if (this.busy) return;
    this.actor.phase = 'unknown';
    this.kick();
  }

  /** Lets go of the container, which stays as it is. Resolves when no step is under way. */
  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    (this.preparing ??= new AbortController()).abort();
    this.actor.release();
    await this.idle;
  }

  private async run(): Promise<void> {
    try {
      while (this.kicked && !this.closed) {
        this.kicked = false;
        await this.steps();
      }
    } finally {
      this.busy = false;
      this.steadySince = Date.now();
    }
  }

  private async steps(): Promise<void> {
    while (!this.closed) {
      const step = nextStep({ ...this.actor.situation(), now: Date.now() });
      if (step.do === 'none') return this.atRest();
      if (step.do === 'wait') return this.later(step.until - Date.now());
      if (!(await this.take(step))) return;
    }
  }

  private atRest(): void {
    this.preparing = null;
    this.actor.atRest();
  }

  /** False when the step has to wait before it is tried again. */
  private async take(step: Step): Promise<boolean> {
    try {
      await this.actor.act(step);
      this.attempts = 0;
      return true;
    } catch (error) {
      this.actor.stumbled(step);
      if (this.closed || this.kicked) return true;
      const verdict = judge(error, this.attempts++);
      const id = this.record.assignment.containerId;
      if (verdict.refused && (step.do === 'create' || step.do === 'start')) {
        this.context.log.info({ container: id, step: step.do, reason: verdict.message }, 'The engine refused a step.');
        this.actor.refused(verdict.message);
        this.attempts = 0;
        return true;
      }
      const delayMs = verdict.refused ? 1_000 : verdict.delayMs;
      this.context.log.debug({ container: id, step: step.do, delayMs, err: error }, 'A step is tried again.');
      this.later(delayMs);
      return false;
    }
  }

  private later(ms: number): void {
    if (this.kicked) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.kick(), Math.max(1, ms));
  }
}
