import type { Readable } from 'node:stream';
import { EngineHttp } from '#libs/wire/docker/engine-http.js';
import type { NetworkAttachment, RuntimeContainerSpec } from '../container.js';
import type { PullOptions } from '../image.js';
import type { RuntimeNetworkSpec } from '../network.js';
import { RuntimeDriver, type RuntimeInfo } from '../runtime.driver.js';
import type { AttachOptions, ExecOptions, LogOptions } from '../session.js';
import type { RuntimeVolumeSpec } from '../volume.js';
import { DockerApi } from './docker-api.js';
import { DockerContainers } from './docker-containers.js';
import { DockerEvents } from './docker-events.js';
import { DockerImages } from './docker-images.js';
import { DockerNetworks } from './docker-networks.js';
import { DockerOwnership } from './docker-ownership.js';
import { DockerStreams } from './docker-streams.js';
import { DockerVolumes } from './docker-volumes.js';
import { ExitWatch } from './exit-watch.js';

export interface DockerDriverOptions {
  /** The engine's unix socket. */
  socketPath: string;
  /** Value of the node label: the node's id. */
  scope: string;
  /** For a call that answers at once; a minute when absent. */
  timeoutMs?: number;
}

interface InfoAnswer {
  ServerVersion: string;
  NCPU: number;
  MemTotal: number;
  OperatingSystem: string;
  KernelVersion: string;
  Architecture: string;
  DockerRootDir?: string;
}

/** Docker ≥ 20.10 and Podman ≥ 4.3 through the API that both of them speak. */
export class DockerDriver extends RuntimeDriver {
  readonly scope: string;
  private readonly api: DockerApi;
  private readonly exitWatch = new ExitWatch();
  private readonly imageCalls: DockerImages;
  private readonly containerCalls: DockerContainers;
  private readonly streamCalls: DockerStreams;
  private readonly eventCalls: DockerEvents;
  private readonly volumeCalls: DockerVolumes;
  private readonly networkCalls: DockerNetworks;

  constructor(options: DockerDriverOptions) {
    super();
    this.scope = options.scope;
    this.api = new DockerApi(new EngineHttp(options.socketPath, options.timeoutMs));
    const ownership = new DockerOwnership(this.api, options.scope);
    this.imageCalls = new DockerImages(this.api);
    this.containerCalls = new DockerContainers(this.api, ownership, this.imageCalls, this.exitWatch);
    this.streamCalls = new DockerStreams(this.api, ownership, this.containerCalls);
    this.eventCalls = new DockerEvents(this.api, ownership);
    this.volumeCalls = new DockerVolumes(this.api, ownership);
    this.networkCalls = new DockerNetworks(this.api, ownership);
  }

  async info(signal?: AbortSignal): Promise<RuntimeInfo> {
    const identity = await this.api.identify(signal);
    const { body } = await this.api.json<InfoAnswer>('GET', '/info', { signal });
    return {
      ...identity,
      version: body.ServerVersion,
      milliCpu: body.NCPU * 1000,
      memoryBytes: body.MemTotal,
      operatingSystem: body.OperatingSystem,
      kernelVersion: body.KernelVersion,
      architecture: body.Architecture,
      storagePath: body.DockerRootDir ?? null,
    };
  }

  close(): Promise<void> {
    this.exitWatch.close();
    this.api.close();
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
  pause = (id: string) => this.containerCalls.pause(id);
  unpause = (id: string) => this.containerCalls.unpause(id);
  remove = (id: string, options: { force: boolean; volumes: boolean }) => this.containerCalls.remove(id, options);
  inspect = (id: string) => this.containerCalls.inspect(id);
  list = () => this.containerCalls.list();
  wait = (id: string, signal?: AbortSignal) => this.containerCalls.wait(id, signal);
  stats = (id: string) => this.containerCalls.stats(id);
  events = (signal: AbortSignal) => this.eventCalls.subscribe(signal);

  logs = (id: string, options: LogOptions) => this.streamCalls.logs(id, options);
  exec = (id: string, options: ExecOptions) => this.streamCalls.exec(id, options);
  attach = (id: string, options: AttachOptions) => this.streamCalls.attach(id, options);
  putArchive = (id: string, path: string, content: Readable) => this.streamCalls.putArchive(id, path, content);
  getArchive = (id: string, path: string) => this.streamCalls.getArchive(id, path);
  statArchive = (id: string, path: string) => this.streamCalls.statArchive(id, path);

  createVolume = (spec: RuntimeVolumeSpec) => this.volumeCalls.create(spec);
  inspectVolume = (name: string) => this.volumeCalls.inspect(name);
  listVolumes = () => this.volumeCalls.list();
  removeVolume = (name: string) => this.volumeCalls.remove(name);

  createNetwork = (spec: RuntimeNetworkSpec) => this.networkCalls.create(spec);
  inspectNetwork = (id: string) => this.networkCalls.inspect(id);
  listNetworks = () => this.networkCalls.list();
  removeNetwork = (id: string) => this.networkCalls.remove(id);
  connectNetwork = (containerId: string, attachment: NetworkAttachment) =>
    this.networkCalls.connect(containerId, attachment);
  disconnectNetwork = (containerId: string, network: string) => this.networkCalls.disconnect(containerId, network);
}
