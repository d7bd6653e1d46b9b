import { randomUUID } from 'node:crypto';
import type { NodeAssignment } from '#libs/agent-protocol/node-assignment.js';
import type { ContainerState, ObservedContainer } from '#libs/domain/container/state.js';
import { containerTemplate, type ContainerTemplateInput } from '#libs/domain/container/template.js';
import { restartPolicy, type RestartPolicy } from '#libs/domain/service/spec.js';
import { FakeEngine, type FakeEngineOptions } from '#libs/runtime/fake/fake-engine.js';
import { FakeRuntime } from '#libs/runtime/fake/fake.driver.js';
import type { NodeConverger } from '../converge/node.converger.js';
import { MemoryStateStore } from '../state/memory.state-store.js';
import type { StateStore } from '../state/state.store.js';
import { ObservedNode } from './observed-node.js';

export const image = 'localhost/pierhead/sample:latest';
export const projectId = '7a1b2c3d-0000-4000-8000-000000000001';

export function assignment(
  changes: Partial<Omit<NodeAssignment, 'template' | 'restart'>> & {
    template?: Partial<ContainerTemplateInput> | null;
    restart?: Partial<RestartPolicy>;
  } = {},
): NodeAssignment {
  const { template, restart, ...rest } = changes;
  const containerId = rest.containerId ?? randomUUID();
  return {
    containerId,
    generation: 1,
    desired: 'running',
    name: `web-${containerId.slice(0, 8)}`,
    organizationId: '0e000000-0000-4000-8000-000000000001',
    projectId,
    serviceId: '5e000000-0000-4000-8000-000000000001',
    serviceName: 'web',
    ordinal: 1,
    template: template === null ? null : containerTemplate.parse({ image, ...template }),
    restart: restartPolicy.parse(restart ?? {}),
    platformEnvironment: [],
    credentials: null,
    restartNonce: 0,
    privateAddress: null,
    volumes: [],
    volumeSet: null,
    volumesFrom: [],
    ...rest,
  };
}

/** A node’s converger over an engine in memory. `restart()` is the agent’s own restart, over the same engine. */
export class NodeFixture {
  readonly engine: FakeEngine;
  readonly nodeId: string = randomUUID();
  driver: FakeRuntime;
  private node: ObservedNode;

  constructor(
    options: FakeEngineOptions = {},
    readonly store: StateStore = new MemoryStateStore(),
  ) {
    this.engine = new FakeEngine({ images: [image], ...options });
    this.driver = new FakeRuntime(this.nodeId, this.engine);
    this.node = new ObservedNode(this.driver, store);
  }

  get converger(): NodeConverger {
    return this.node.converger;
  }

  get reports(): Map<string, ObservedContainer[]> {
    return this.node.reports;
  }

  async restart(): Promise<void> {
    await this.converger.close();
    await this.driver.close();
    this.driver = new FakeRuntime(this.nodeId, this.engine);
    this.node = new ObservedNode(this.driver, this.store, this.reports);
    await this.converger.start();
  }

  last(containerId: string): ObservedContainer | undefined {
    return this.node.last(containerId);
  }

  states(containerId: string): string[] {
    return this.node.states(containerId);
  }

  reaches(containerId: string, state: ContainerState, incarnation = 1): Promise<ObservedContainer> {
    return this.node.reaches(containerId, state, incarnation);
  }

  engineIdOf(containerId: string): string {
    return this.node.engineIdOf(containerId);
  }
}
