import type { NodeAssignment } from '#libs/agent-protocol/node-assignment.js';
import type { ContainerTemplate } from '#libs/domain/container/template.js';
import type { HealthState } from '#libs/domain/container/state.js';
import type { HookContainer } from '../hooks/runtime.hook.js';
import type { ContainerRecord } from './container.record.js';
import type { NodeContext } from './node.context.js';
import type { Observation } from './observation.js';

/** What the loop gives its steps. */
export interface LoopLink {
  gone(exitCode: number | null): void;
  signal(): AbortSignal;
}

export interface HookViewParts {
  record: ContainerRecord;
  context: NodeContext;
  observation: Observation;
  loop: LoopLink;
  retrying(): boolean;
}

/** The container as hooks see it: always as it is now, never a copy. A class, since there is one of each container. */
export class HookView implements HookContainer {
  imageId: string | null = null;

  constructor(private readonly parts: HookViewParts) {}

  get id(): string {
    return this.assignment.containerId;
  }

  get assignment(): NodeAssignment {
    return this.parts.record.assignment;
  }

  get template(): ContainerTemplate {
    const { template } = this.assignment;
    if (!template) throw new Error('A container without a definition has no hooks.');
    return template;
  }

  get signal(): AbortSignal {
    return this.parts.loop.signal();
  }

  get retrying(): boolean {
    return this.parts.retrying();
  }

  sharesProject(): boolean {
    return this.parts.context.sinks.sharesProject(this.parts.record);
  }

  neighbours(serviceId: string): { ordinal: number; engineId: string }[] {
    return this.parts.context.sinks.neighbours(this.parts.record, serviceId);
  }

  pulling(): void {
    this.parts.observation.move('pulling');
  }

  health(state: HealthState): void {
    const { observation, context, record } = this.parts;
    if (observation.setHealth(state)) context.sinks.save(record);
  }

  gone(exitCode: number | null): void {
    this.parts.loop.gone(exitCode);
  }
}
