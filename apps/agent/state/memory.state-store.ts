import type { ContainerRecord } from '../converge/container.record.js';
import { StateStore, type NodeState } from './state.store.js';

/** For simulated agents: keeps what a file would, for as long as the process lives. */
export class MemoryStateStore extends StateStore {
  private generation = 0;
  private readonly records = new Map<string, ContainerRecord>();

  load(): Promise<NodeState> {
    return Promise.resolve({ generation: this.generation, containers: structuredClone([...this.records.values()]) });
  }

  save(record: ContainerRecord): void {
    this.records.set(record.assignment.containerId, record);
  }

  remove(containerId: string): void {
    this.records.delete(containerId);
  }

  setGeneration(generation: number): void {
    this.generation = generation;
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }
}
