import type { PublishedPort } from '#libs/domain/container/state.js';
import type { ContainerTemplate } from '#libs/domain/container/template.js';
import type { Labels } from './labels.js';

export interface NetworkAttachment {
  /** Name or engine id of a network that exists. */
  name: string;
  aliases?: string[];
  /** A fixed IPv4 address inside the network's subnet; the engine chooses one otherwise. */
  address?: string;
  /** Used unless the template has one: a container that takes over an address is then met by its neighbours at once. */
  macAddress?: string;
}

/** Where a container's names are looked up. */
export interface NameService {
  servers: string[];
  /** `.` alone stands for none. */
  search: string[];
  /** As in resolv.conf(5). */
  options: string[];
}

/** One container to make. Restart policies and health checks of the template are the agent's work, not the engine's. */
export interface RuntimeContainerSpec {
  /** Unique on the engine. */
  name: string;
  template: ContainerTemplate;
  /** The platform's labels; the driver adds the scope. The template's own labels are set beside them. */
  labels: Labels;
  /** Pins the image that was pulled, so that a tag which moved meanwhile does not matter. */
  imageId?: string;
  /** The engine's default network when absent. Ignored for `host` and `none` network modes. */
  network?: NetworkAttachment;
  /** Used as far as the template leaves it open; else the engine's own. */
  names?: NameService;
  /** Further names, each `name:address`, beside the template's own. */
  hosts?: string[];
  /** Added before the template's environment, which wins. */
  extraEnvironment?: { name: string; value: string }[];
  /**
   * The engine's volume at each path: of the template's mounts, which are used under the template's name where none is
   * given, and of further ones such as the image's own.
   */
  volumes?: Record<string, string>;
  /** Containers of the scope, by engine id, whose mounts this one has too where it has none of its own. */
  volumesFrom?: string[];
  /** Local address that published ports are bound to; all addresses when absent. */
  publishAddress?: string;
}

export const runtimeStates = ['created', 'running', 'paused', 'stopping', 'exited'] as const;
export type RuntimeState = (typeof runtimeStates)[number];

export interface RuntimeContainer {
  engineId: string;
  name: string;
  labels: Labels;
  /** The reference that it was created from. */
  image: string;
  imageId: string | null;
  state: RuntimeState;
  createdAt: Date;
}

export interface RuntimeContainerDetail extends RuntimeContainer {
  /** Of its first process, in the engine's process namespace; null unless running. */
  pid: number | null;
  /** Null until it has run and ended. */
  exitCode: number | null;
  oomKilled: boolean;
  /** Of its latest run. */
  startedAt: Date | null;
  finishedAt: Date | null;
  /** IPv4 address on its first network. */
  address: string | null;
  /** By the engine's name of the network. */
  networks: { name: string; address: string | null; aliases: string[] }[];
  /** Host ports as really bound; empty unless running. */
  ports: PublishedPort[];
  /** `sha256:…` of the registry's manifest when the image came from one. */
  imageDigest: string | null;
  tty: boolean;
  stdinOpen: boolean;
  /** The engine's sentence on why it could not run; no secrets. */
  message: string | null;
}

export interface RuntimeExit {
  exitCode: number;
  /** What the engine says of an end that was not the process's own. */
  message: string | null;
}

/** One sample. Counters start with the container's run. */
export interface RuntimeStats {
  at: Date;
  cpuTotalNs: number;
  memoryBytes: number;
  /** Null: no limit but the machine's. */
  memoryLimitBytes: number | null;
  netRxBytes: number;
  netTxBytes: number;
  blkReadBytes: number;
  blkWriteBytes: number;
  pids: number;
}

export const runtimeEventKinds = ['create', 'start', 'die', 'oom', 'pause', 'unpause', 'remove', 'health'] as const;
export type RuntimeEventKind = (typeof runtimeEventKinds)[number];

export interface RuntimeEvent {
  kind: RuntimeEventKind;
  engineId: string;
  name: string;
  labels: Labels;
  /** With `die` where the engine tells; inspect or wait otherwise. */
  exitCode: number | null;
  at: Date;
}
