import type { ContainerState, ObservedContainer } from '#libs/domain/container/state.js';
import { createLog } from '#libs/platform/log.js';
import type { RuntimeDriver } from '#libs/runtime/runtime.driver.js';
import { hooksFor } from '../agent.js';
import { NodeContext } from '../converge/node.context.js';
import { NodeConverger } from '../converge/node.converger.js';
import { ImageGrants } from '../state/image-grants.js';
import type { Overlay } from '../network/overlay.js';
import type { ShareMounts } from '../shares/share.mounts.js';
import { FoundVolumes } from '../storage/found-volumes.js';
import { VolumeFences } from '../storage/volume-fences.js';
import type { StateStore } from '../state/state.store.js';
import { until } from './until.js';

/** A converger on some engine, and everything that it reported. */
export class ObservedNode {
  readonly converger: NodeConverger;

  constructor(
    driver: RuntimeDriver,
    store: StateStore,
    readonly reports = new Map<string, ObservedContainer[]>(),
    images = new ImageGrants(null),
    overlay: Overlay | null = null,
    fences = new VolumeFences(null),
    readonly found = new FoundVolumes(),
    shares: ShareMounts | null = null,
  ) {
    const context = new NodeContext(
      driver,
      hooksFor(driver, images, overlay, fences, found, shares),
      createLog('test', 'silent'),
      {
        report: ({ assignment: { containerId } }, observed) => {
          this.reports.set(containerId, [...(this.reports.get(containerId) ?? []), observed]);
        },
        save: (record) => store.save(record),
        sharesProject: (record) => this.converger.sharesProject(record),
        neighbours: (record, serviceId) => this.converger.neighbours(record, serviceId),
      },
    );
    this.converger = new NodeConverger(context, store, () => undefined);
  }

  last(containerId: string): ObservedContainer | undefined {
    return this.reports.get(containerId)?.at(-1);
  }

  states(containerId: string): string[] {
    return (this.reports.get(containerId) ?? []).map(({ incarnation, state }) => `${incarnation} ${state}`);
  }

  /** The report that first says so; throws after the deadline. */
  async reaches(
    containerId: string,
    state: ContainerState,
    incarnation = 1,
    withinMs = 3_000,
  ): Promise<ObservedContainer> {
    const there = () => {
      const last = this.last(containerId);
      return last?.state === state && last.incarnation === incarnation;
    };
    const what = () =>
      `${state} in incarnation ${incarnation}, now ${this.states(containerId).join(', ')}: ${this.last(containerId)?.message ?? ''}`;
    await until(what, there, withinMs);
    return this.last(containerId)!;
  }

  engineIdOf(containerId: string): string {
    const id = this.converger.engineIdOf(containerId);
    if (!id) throw new Error('The container is not on the engine.');
    return id;
  }
}
