import { randomUUID } from 'node:crypto';
import type { NodeAssignment } from '#libs/agent-protocol/node-assignment.js';
import type { ContainerState, ObservedContainer } from '#libs/domain/container/state.js';
import { containerTemplate, type ContainerTemplateInput } from '#libs/domain/container/template.js';
import { restartPolicy, type RestartPolicy } from '#libs/domain/service/spec.js';
import { createLog } from '#libs/platform/log.js';
import { FakeEngine, type FakeEngineOptions } from '#libs/runtime/fake/fake-engine.js';
import { FakeRuntime } from '#libs/runtime/fake/fake.driver.js';
import { NodeContext } from '../converge/node.context.js';
import { NodeConverger } from '../converge/node.converger.js';
import { ExitHook } from '../hooks/exit.hook.js';
import { HealthHook } from '../hooks/health.hook.js';
import { ImageHook } from '../hooks/image.hook.js';
import { NetworkHook } from '../hooks/network.hook.js';
import { VolumeHook } from '../hooks/volume.hook.js';
import { MemoryStateStore } from '../state/memory.state-store.js';
import type { StateStore } from '../state/state.store.js';
import { until } from './until.js';

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
    ...rest,
  };
}

/** A node's converger over an engine in memory. `restart()` is the agent's own restart, over the same engine. */
export class NodeFixture {
  readonly engine: FakeEngine;
  readonly nodeId: string = randomUUID();
  readonly reports = new Map<string, ObservedContainer[]>();
  driver: FakeRuntime;
  converger: NodeConverger;

  constructor(
    options: FakeEngineOptions = {},
    readonly store: StateStore = new MemoryStateStore(),
    engine?: FakeEngine,
  ) {
    this.engine = engine ?? new FakeEngine({ images: [image], ...options });
    this.driver = new FakeRuntime(this.nodeId, this.engine);
    this.converger = this.build();
  }

  async restart(): Promise<void> {
    await this.converger.close();
    await this.driver.close();
    this.driver = new FakeRuntime(this.nodeId, this.engine);
    this.converger = this.build();
    await this.converger.start();
  }

  last(containerId: string): ObservedContainer | undefined {
    return this.reports.get(containerId)?.at(-1);
  }

  states(containerId: string): string[] {
    return (this.reports.get(containerId) ?? []).map(({ incarnation, state }) => `${incarnation} ${state}`);
  }

  async reaches(containerId: string, state: ContainerState, incarnation = 1): Promise<ObservedContainer> {
    const there = () => {
      const last = this.last(containerId);
      return last?.state === state && last.incarnation === incarnation;
    };
    await until(`${state} in incarnation ${incarnation}, now ${this.states(containerId).join(', ')}`, there);
    return this.last(containerId)!;
  }

  engineIdOf(containerId: string): string {
    const id = this.converger.engineIdOf(containerId);
    if (!id) throw new Error('The container is not on the engine.');
    return id;
  }

  private build(): NodeConverger {
    const { driver } = this;
    const hooks = [
      new ImageHook(driver),
      new NetworkHook(driver),
      new VolumeHook(driver),
      new ExitHook(driver),
      new HealthHook(driver),
    ];
    const context = new NodeContext(driver, hooks, createLog('test', 'silent'), {
      report: ({ assignment: { containerId } }, observed) => {
        this.reports.set(containerId, [...(this.reports.get(containerId) ?? []), observed]);
      },
      save: (record) => this.store.save(record),
      sharesProject: (record) => this.converger.sharesProject(record),
    });
    return new NodeConverger(context, this.store, () => undefined);
  }
}
