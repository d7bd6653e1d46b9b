import type { Log } from '#libs/platform/log.js';
import { runtimeLabels } from '#libs/runtime/labels.js';
import type { RuntimeDriver } from '#libs/runtime/runtime.driver.js';
import { isRuntimeError } from '#libs/runtime/runtime.error.js';
import { within } from '../converge/engine.client.js';
import { overlayNetworkName } from '../hooks/engine-name.js';
import { KeyedLock } from '../hooks/keyed-lock.js';
import { bridgeName } from './overlay.names.js';
import type { ProjectNetwork } from './project.network.js';

/** How long the devices of a project wait for its engine network. */
const patienceMs = 2_000;

/**
 * The engine's side of the projects' networks: it gives containers their links to the bridges that the agent makes.
 * One stands from the moment that its project is told until the project is gone from the node.
 */
export class EngineNetworks {
  private readonly present = new Set<string>();
  private readonly lock = new KeyedLock();

  constructor(
    private readonly driver: RuntimeDriver,
    private readonly mtu: number,
    private readonly log: Log,
  ) {}

  nameOf({ projectId, vni }: Pick<ProjectNetwork, 'projectId' | 'vni'>): string {
    return overlayNetworkName(this.driver.scope, projectId, vni);
  }

  /**
   * Makes those that are not there, ahead of the devices: Podman takes no range of which any device has an address
   * already. An engine that does not answer is not waited for; `ensure` finds another way then.
   */
  async prepare(networks: readonly ProjectNetwork[]): Promise<void> {
    const missing = networks.filter((network) => !this.present.has(this.nameOf(network)));
    await Promise.all(
      missing.map((network) =>
        within(patienceMs, this.make(network)).catch((error: unknown) =>
          this.log.info({ project: network.projectId, err: error }, 'The engine’s network is made when it is needed.'),
        ),
      ),
    );
  }

  /**
   * @param again what is remembered may be wrong
   * @param aside runs the given with the project's devices out of the way
   */
  async ensure(
    network: ProjectNetwork,
    again: boolean,
    aside: (act: () => Promise<void>) => Promise<void>,
  ): Promise<void> {
    if (this.present.has(this.nameOf(network)) && !again) return;
    try {
      await this.make(network);
    } catch (error) {
      if (!isRuntimeError(error, 'engine') || !/already used/.test(error.message)) throw error;
      await aside(() => this.make(network));
    }
  }

  /** Quiet when it is not there; one with containers stays. */
  remove(network: Pick<ProjectNetwork, 'projectId' | 'vni'>): Promise<void> {
    const name = this.nameOf(network);
    return this.lock.run(name, async () => {
      this.present.delete(name);
      try {
        await this.driver.removeNetwork(name);
      } catch (error) {
        if (!isRuntimeError(error, 'conflict', 'not-found')) throw error;
      }
    });
  }

  /** Removes those of projects that are not on this node any more. */
  async sweep(known: readonly ProjectNetwork[]): Promise<void> {
    const wanted = new Set(known.map((network) => this.nameOf(network)));
    for (const { name, labels } of await this.driver.listNetworks()) {
      const projectId = labels[runtimeLabels.project] ?? '';
      const prefix = overlayNetworkName(this.driver.scope, projectId, 0).slice(0, -1);
      if (wanted.has(name) || !name.startsWith(prefix)) continue;
      await this.remove({ projectId, vni: Number(name.slice(prefix.length)) });
    }
  }

  private make(network: ProjectNetwork): Promise<void> {
    const { projectId, organizationId, range, gateway, vni } = network;
    const name = this.nameOf(network);
    const labels = { [runtimeLabels.project]: projectId, [runtimeLabels.organization]: organizationId };
    return this.lock.run(name, async () => {
      const spec = { name, labels, subnet: range, gateway, mtu: this.mtu, bridge: bridgeName(vni) };
      await this.driver.createNetwork(spec);
      this.present.add(name);
    });
  }
}
