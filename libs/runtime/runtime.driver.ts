import type { Readable } from 'node:stream';
import type {
  NetworkAttachment,
  RuntimeContainer,
  RuntimeContainerDetail,
  RuntimeContainerSpec,
  RuntimeEvent,
  RuntimeExit,
  RuntimeStats,
} from './container.js';
import type { PulledImage, PullOptions, RuntimeImage, RuntimeImageDetail } from './image.js';
import type { RuntimeNetwork, RuntimeNetworkSpec } from './network.js';
import type {
  Archive,
  ArchiveStat,
  AttachOptions,
  ExecOptions,
  LogOptions,
  OutputFrame,
  RuntimeSession,
} from './session.js';
import type { RuntimeVolume, RuntimeVolumeSpec } from './volume.js';

export interface RuntimeInfo {
  engine: 'docker' | 'podman' | 'fake';
  version: string;
  apiVersion: string;
  milliCpu: number;
  memoryBytes: number;
  operatingSystem: string;
  kernelVersion: string;
  architecture: string;
  /** Folder that the engine keeps images and containers in; null where it has none. */
  storagePath: string | null;
}

/**
 * One container engine, as an agent needs it. Every failure is a `RuntimeError`.
 *
 * A driver is made for one scope (a node's id): it labels what it creates with it, lists nothing else, and refuses
 * with `conflict` to touch a container, volume or network outside it. An `id` is an engine id or a name.
 * The engine restarts nothing by itself: a container that ended stays ended until it is started again.
 */
export abstract class RuntimeDriver {
  abstract readonly scope: string;

  /** Also the probe for whether the engine answers. */
  abstract info(signal?: AbortSignal): Promise<RuntimeInfo>;
  /** Releases connections and ends every stream that is open; nothing on the engine changes. */
  abstract close(): Promise<void>;

  /** Refuses with `image-not-found`, `unauthorized` or, with policy `never`, `image-not-found` without a try. */
  abstract pull(reference: string, options: PullOptions): Promise<PulledImage>;
  abstract inspectImage(reference: string): Promise<RuntimeImageDetail>;
  /** All images of the engine: they are shared between scopes. */
  abstract listImages(): Promise<RuntimeImage[]>;
  /** An image that a container uses is refused with `conflict`; an absent one is fine. */
  abstract removeImage(reference: string): Promise<void>;
  /** Makes an image of one layer out of a tar, under a reference with a tag that it takes from any other. @returns its id */
  abstract importImage(reference: string, content: Readable): Promise<string>;

  /**
   * Idempotent by name: a container of that name with the same platform labels is returned as it is, any other
   * holder of the name is a `conflict`. The image must be present (`image-not-found`).
   * @returns the engine's id
   */
  abstract create(spec: RuntimeContainerSpec): Promise<string>;
  /** Starting a running container does nothing. A taken host port is a `conflict`, a bad command `invalid`. */
  abstract start(id: string): Promise<void>;
  /** Sends the stop signal, then SIGKILL after `graceMs`. Resolves when it has ended; fine when it had already. */
  abstract stop(id: string, options: { graceMs: number; signal?: string }): Promise<void>;
  /** `signal` is a name such as `SIGTERM`; a container that does not run is a `conflict`. */
  abstract kill(id: string, signal: string): Promise<void>;
  abstract pause(id: string): Promise<void>;
  abstract unpause(id: string): Promise<void>;
  /** A running container is refused unless `force`; an absent one is fine. `volumes` takes unnamed volumes along. */
  abstract remove(id: string, options: { force: boolean; volumes: boolean }): Promise<void>;
  abstract inspect(id: string): Promise<RuntimeContainerDetail>;
  /** Of the scope, in every state. */
  abstract list(): Promise<RuntimeContainer[]>;
  /** Resolves when it does not run, at once if it does not run now. */
  abstract wait(id: string, signal?: AbortSignal): Promise<RuntimeExit>;
  /** Docker 20.10 takes up to a second for a sample; samples of several containers run side by side. */
  abstract stats(id: string): Promise<RuntimeStats>;
  /**
   * Resolves when the subscription stands: an event after that is not missed. Throws `unavailable` when it breaks.
   * An event may come late, even after the container was started again: `wait` is what tells an end at once.
   */
  abstract events(signal: AbortSignal): Promise<AsyncIterable<RuntimeEvent>>;

  /** Reading slowly holds the engine back. Follow ends when the container does. */
  abstract logs(id: string, options: LogOptions): Promise<AsyncIterable<OutputFrame>>;
  /** Resolves when the process runs; a command that does not exist is `invalid` here or exit code 126/127. */
  abstract exec(id: string, options: ExecOptions): Promise<RuntimeSession>;
  /** Resolves when the streams stand, so a container can be attached to before it is started. */
  abstract attach(id: string, options: AttachOptions): Promise<RuntimeSession>;
  /** Unpacks a tar under `path`, which must be a directory that exists. */
  abstract putArchive(id: string, path: string, content: Readable): Promise<void>;
  /** Of a directory, `path/.` gives what is in it without its own name. */
  abstract getArchive(id: string, path: string): Promise<Archive>;
  /** Of what `getArchive` would give. */
  abstract statArchive(id: string, path: string): Promise<ArchiveStat>;

  /** Idempotent by name and platform labels. */
  abstract createVolume(spec: RuntimeVolumeSpec): Promise<RuntimeVolume>;
  abstract inspectVolume(name: string): Promise<RuntimeVolume>;
  abstract listVolumes(): Promise<RuntimeVolume[]>;
  /** A used volume is a `conflict`; an absent one is fine. */
  abstract removeVolume(name: string): Promise<void>;

  /** Idempotent by name and platform labels. */
  abstract createNetwork(spec: RuntimeNetworkSpec): Promise<RuntimeNetwork>;
  abstract inspectNetwork(id: string): Promise<RuntimeNetwork>;
  abstract listNetworks(): Promise<RuntimeNetwork[]>;
  /** A used network is a `conflict`; an absent one is fine. */
  abstract removeNetwork(id: string): Promise<void>;
  abstract connectNetwork(containerId: string, attachment: NetworkAttachment): Promise<void>;
  abstract disconnectNetwork(containerId: string, network: string): Promise<void>;
}
