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

/** The container as hooks see it: always as it is now, never a copy. */
export function hookView({ record, context, observation, loop, retrying }: HookViewParts): HookContainer {
  return {
    id: record.assignment.containerId,
    get assignment() {
      return record.assignment;
    },
    get template() {
      if (!record.assignment.template) throw new Error('A container without a definition has no hooks.');
      return record.assignment.template;
    },
    get signal() {
      return loop.signal();
    },
    get retrying() {
      return retrying();
    },
    sharesProject: () => context.sinks.sharesProject(record),
    neighbours: (serviceId) => context.sinks.neighbours(record, serviceId),
    pulling: () => observation.move('pulling'),
    health: (state) => {
      if (observation.setHealth(state)) context.sinks.save(record);
    },
    gone: (exitCode) => loop.gone(exitCode),
  };
}
