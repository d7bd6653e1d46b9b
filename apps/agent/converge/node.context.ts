import type { ObservedContainer } from '#libs/domain/container/state.js';
import type { Log } from '#libs/platform/log.js';
import type { RuntimeDriver } from '#libs/runtime/runtime.driver.js';
import type { RuntimeHook } from '../hooks/runtime.hook.js';
import type { ContainerRecord } from './container.record.js';
import { engineDeadlines, type EngineDeadlines } from './engine.client.js';
import { Slots } from '#libs/platform/concurrency/slots.js';

/** How many engine calls of a kind run at once. */
export interface Parallelism {
  starts: number;
  stops: number;
  looks: number;
}

/** What all containers of one node share. */
export class NodeContext {
  readonly starts: Slots;
  readonly stops: Slots;
  readonly looks: Slots;

  constructor(
    readonly driver: RuntimeDriver,
    readonly hooks: readonly RuntimeHook[],
    readonly log: Log,
    readonly sinks: {
      report(record: ContainerRecord, observed: ObservedContainer): void;
      save(record: ContainerRecord): void;
      sharesProject(record: ContainerRecord): boolean;
      neighbours(record: ContainerRecord, serviceId: string): { ordinal: number; engineId: string }[];
    },
    parallelism: Parallelism = { starts: 4, stops: 16, looks: 8 },
    readonly deadlines: EngineDeadlines = engineDeadlines,
  ) {
    this.starts = new Slots(parallelism.starts);
    this.stops = new Slots(parallelism.stops);
    this.looks = new Slots(parallelism.looks);
  }
}
