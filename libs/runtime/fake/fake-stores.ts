import { isInScope, type Labels, runtimeLabels, sameIdentity } from '../labels.js';
import type { RuntimeNetwork, RuntimeNetworkSpec } from '../network.js';
import { RuntimeError } from '../runtime.error.js';
import type { RuntimeVolume, RuntimeVolumeSpec } from '../volume.js';
import type { FakeEngine } from './fake-engine.js';

/** Volumes and networks of the fake: named records with an owner. */
export class FakeStores {
  constructor(
    private readonly engine: FakeEngine,
    private readonly scope: string,
  ) {}

  async createVolume(spec: RuntimeVolumeSpec): Promise<RuntimeVolume> {
    await this.engine.pass();
    return this.putNew('volume', this.engine.volumes, spec, (labels) => ({
      name: spec.name,
      labels,
      driver: spec.driver ?? 'local',
      mountpoint: `/volumes/${spec.name}`,
      createdAt: new Date(),
    }));
  }

  async createNetwork(spec: RuntimeNetworkSpec): Promise<RuntimeNetwork> {
    await this.engine.pass();
    return this.putNew('network', this.engine.networks, spec, (labels) => ({
      engineId: this.engine.newId(),
      name: spec.name,
      labels,
      subnet: spec.subnet ?? '10.0.0.0/8',
      gateway: spec.gateway ?? null,
      internal: spec.internal ?? false,
    }));
  }

  async inspectVolume(name: string): Promise<RuntimeVolume> {
    await this.engine.pass();
    return this.own('volume', this.engine.volumes, name);
  }

  async inspectNetwork(id: string): Promise<RuntimeNetwork> {
    await this.engine.pass();
    return this.own('network', this.engine.networks, this.networkName(id));
  }

  async listVolumes(): Promise<RuntimeVolume[]> {
    await this.engine.pass();
    return [...this.engine.volumes.values()].filter((volume) => isInScope(volume.labels, this.scope));
  }

  async listNetworks(): Promise<RuntimeNetwork[]> {
    await this.engine.pass();
    return [...this.engine.networks.values()].filter((network) => isInScope(network.labels, this.scope));
  }

  async removeVolume(name: string): Promise<void> {
    await this.engine.pass();
    if (!this.engine.volumes.has(name)) return;
    this.own('volume', this.engine.volumes, name);
    const used = [...this.engine.containers.values()].some((container) =>
      [...container.volumes.values()].includes(name),
    );
    if (used) throw new RuntimeError('conflict', `The volume ${name} is in use.`);
    this.engine.volumes.delete(name);
    this.engine.volumeFiles.delete(name);
  }

  async removeNetwork(id: string): Promise<void> {
    await this.engine.pass();
    const name = this.networkName(id);
    if (!this.engine.networks.has(name)) return;
    this.own('network', this.engine.networks, name);
    const used = [...this.engine.containers.values()].some((container) => container.networks.has(name));
    if (used) throw new RuntimeError('conflict', `The network ${name} still has containers.`);
    this.engine.networks.delete(name);
  }

  private networkName(id: string): string {
    return [...this.engine.networks.values()].find((network) => network.engineId === id)?.name ?? id;
  }

  private putNew<T extends { labels: Labels }>(
    kind: string,
    store: Map<string, T>,
    spec: { name: string; labels: Labels },
    make: (labels: Labels) => T,
  ): T {
    const labels = { ...spec.labels, [runtimeLabels.node]: this.scope };
    const existing = store.get(spec.name);
    if (existing && sameIdentity(labels, existing.labels)) return existing;
    if (existing) throw new RuntimeError('conflict', `The name ${spec.name} is taken by another ${kind}.`);
    const made = make(labels);
    store.set(spec.name, made);
    return made;
  }

  private own<T extends { labels: Labels }>(kind: string, store: Map<string, T>, name: string): T {
    const found = store.get(name);
    if (!found) throw new RuntimeError('not-found', `No such ${kind}: ${name}`);
    if (isInScope(found.labels, this.scope)) return found;
    throw new RuntimeError('conflict', `The ${kind} ${name} was not made by this node and is left alone.`);
  }
}
