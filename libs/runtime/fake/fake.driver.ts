import { setMaxListeners } from 'node:events';
import type { Readable } from 'node:stream';
import type { NetworkAttachment, RuntimeContainerSpec } from '../container.js';
import type { PullOptions } from '../image.js';
import type { RuntimeNetworkSpec } from '../network.js';
import { RuntimeDriver, type RuntimeInfo } from '../runtime.driver.js';
import type { AttachOptions, ExecOptions, LogOptions } from '../session.js';
import type { RuntimeVolumeSpec } from '../volume.js';
import { FakeContainers } from './fake-containers.js';
import { FakeEngine } from './fake-engine.js';
import { FakeImages } from './fake-images.js';
import { FakeStores } from './fake-stores.js';

/** A driver over an engine in memory that passes the same harness as the real ones. */
export class FakeRuntime extends RuntimeDriver {
  private readonly imageCalls: FakeImages;
  private readonly containerCalls: FakeContainers;
  private readonly stores: FakeStores;
  private readonly closed = new AbortController();

  constructor(
    readonly scope: string,
    readonly engine: FakeEngine = new FakeEngine(),
  ) {
    super();
    setMaxListeners(0, this.closed.signal);
    this.imageCalls = new FakeImages(engine);
    this.containerCalls = new FakeContainers(engine, scope);
    this.stores = new FakeStores(engine, scope);
  }

  async info(): Promise<RuntimeInfo> {
    await this.engine.pass();
    return {
      engine: 'fake',
      version: '1.0.0',
      apiVersion: '1.41',
      milliCpu: this.engine.milliCpu,
      memoryBytes: this.engine.memoryBytes,
      operatingSystem: 'in memory',
      kernelVersion: 'none',
      architecture: 'x86_64',
      storagePath: null,
    };
  }

  close(): Promise<void> {
    this.closed.abort();
    return Promise.resolve();
  }

  pull = (reference: string, options: PullOptions) => this.imageCalls.pull(reference, options);
  inspectImage = (reference: string) => this.imageCalls.inspect(reference);
  listImages = () => this.imageCalls.list();
  removeImage = (reference: string) => this.imageCalls.remove(reference);
  importImage = (reference: string, content: Readable) => this.imageCalls.import(reference, content);

  create = (spec: RuntimeContainerSpec) => this.containerCalls.create(spec);
  start = (id: string) => this.containerCalls.start(id);
  stop = (id: string, options: { graceMs: number; signal?: string }) => this.containerCalls.stop(id, options);
  kill = (id: string, signal: string) => this.containerCalls.kill(id, signal);
  pause = (id: string) => this.containerCalls.pause(id, true);
  unpause = (id: string) => this.containerCalls.pause(id, false);
  remove = (id: string, options: { force: boolean; volumes: boolean }) => this.containerCalls.remove(id, options);
  inspect = (id: string) => this.containerCalls.inspect(id);
  list = () => this.containerCalls.list();
  wait = (id: string, signal?: AbortSignal) => this.containerCalls.wait(id, this.joined(signal));
  stats = (id: string) => this.containerCalls.stats(id);
  events = (signal: AbortSignal) => this.containerCalls.events(this.joined(signal));

  logs = (id: string, options: LogOptions) =>
    this.containerCalls.logs(id, { ...options, signal: this.joined(options.signal) });
  exec = (id: string, options: ExecOptions) => this.containerCalls.exec(id, options);
  attach = (id: string, options: AttachOptions) => this.containerCalls.attach(id, options);
  putArchive = (id: string, path: string, content: Readable) => this.containerCalls.putArchive(id, path, content);
  getArchive = (id: string, path: string) => this.containerCalls.getArchive(id, path);
  statArchive = (id: string, path: string) => this.containerCalls.statArchive(id, path);

  createVolume = (spec: RuntimeVolumeSpec) => this.stores.createVolume(spec);
  inspectVolume = (name: string) => this.stores.inspectVolume(name);
  listVolumes = () => this.stores.listVolumes();
  removeVolume = (name: string) => this.stores.removeVolume(name);

  createNetwork = (spec: RuntimeNetworkSpec) => this.stores.createNetwork(spec);
  inspectNetwork = (id: string) => this.stores.inspectNetwork(id);
  listNetworks = () => this.stores.listNetworks();
  removeNetwork = (id: string) => this.stores.removeNetwork(id);
  connectNetwork = (containerId: string, attachment: NetworkAttachment) =>
    this.containerCalls.connect(containerId, attachment);
  disconnectNetwork = (containerId: string, network: string) => this.containerCalls.disconnect(containerId, network);

  private joined(signal?: AbortSignal): AbortSignal {
    return signal ? AbortSignal.any([signal, this.closed.signal]) : this.closed.signal;
  }
}
