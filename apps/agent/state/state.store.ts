import type { ContainerRecord } from '../converge/container.record.js';

export interface NodeState {
  /** Of the assignment set that was applied last. */
  generation: number;
  containers: ContainerRecord[];
}

/** What an agent must still know after its own restart, also while the control plane is away. */
export abstract class StateStore {
  abstract load(): Promise<NodeState>;
  /** Noted now, written soon; writes of one container never overtake each other. */
  abstract save(record: ContainerRecord): void;
  abstract remove(containerId: string): void;
  abstract setGeneration(generation: number): void;
  /** Resolves when everything noted so far is on disk. */
  abstract flush(): Promise<void>;
}
