import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { PublishedPort } from '#libs/domain/container/state.js';
import type { RuntimeEvent, RuntimeEventKind } from '../container.js';
import type { RuntimeImageDetail } from '../image.js';
import type { RuntimeNetwork } from '../network.js';
import { RuntimeError } from '../runtime.error.js';
import type { RuntimeVolume } from '../volume.js';
import { FakeArchive } from './fake-archive.js';
import type { FakeContainer } from './fake-container.js';
import { type FakeProcess, type FakeProgram, idleProgram } from './fake-process.js';

export interface FakeDelays {
  pullMs: number;
  createMs: number;
  startMs: number;
  removeMs: number;
}

export interface FakeEngineOptions {
  /** References that are on the node already. */
  images?: string[];
  /** References that a registry would give. */
  pullable?: string[];
  delays?: Partial<FakeDelays>;
  /** What a command does; `absent` is refused as a program that the image lacks, anything else runs until signalled. */
  programs?: FakePrograms;
  milliCpu?: number;
  memoryBytes?: number;
}

export type FakePrograms = (command: string[]) => FakeProgram | 'absent' | undefined;

const id = () => randomBytes(32).toString('hex');
const firstFreePort = 49_152;
const lastFreePort = 65_535;

/** Several names for an image without a tag would be several images; `latest` is one. */
export const normalReference = (reference: string): string =>
  reference.includes('@') || reference.lastIndexOf(':') > reference.lastIndexOf('/')
    ? reference
    : `${reference}:latest`;

/** An engine in memory, shared by the drivers of several scopes. Tests and simulated nodes steer it by its methods. */
export class FakeEngine {
  readonly containers = new Map<string, FakeContainer>();
  readonly images = new Map<string, RuntimeImageDetail>();
  readonly volumes = new Map<string, RuntimeVolume>();
  /** What was copied into volumes, by their names. */
  readonly volumeFiles = new Map<string, FakeArchive>();
  readonly networks = new Map<string, RuntimeNetwork>();
  readonly delays: FakeDelays;
  readonly milliCpu: number;
  readonly memoryBytes: number;
  /** False: every call fails as if the engine had been stopped. Containers go on. */
  available = true;
  private readonly names = new Map<string, string>();
  private readonly pullable: Set<string>;
  private readonly pullFailures = new Map<string, RuntimeError>();
  private readonly listeners = new Set<(event: RuntimeEvent) => void>();
  private readonly programs: FakePrograms;
  private nextPid = 1000;
  private nextAddress = 2;

  constructor(options: FakeEngineOptions = {}) {
    this.delays = { pullMs: 0, createMs: 0, startMs: 0, removeMs: 0, ...options.delays };
    this.milliCpu = options.milliCpu ?? 8000;
    this.memoryBytes = options.memoryBytes ?? 16 * 1024 ** 3;
    this.programs = options.programs ?? (() => undefined);
    this.pullable = new Set((options.pullable ?? []).map(normalReference));
    for (const reference of options.images ?? []) this.addImage(reference);
  }

  addImage(reference: string, detail: Partial<RuntimeImageDetail> = {}): RuntimeImageDetail {
    const image: RuntimeImageDetail = { ...emptyImage(), references: [normalReference(reference)], ...detail };
    this.images.set(normalReference(reference), image);
    return image;
  }

  findImage(reference: string): RuntimeImageDetail | undefined {
    const found = this.images.get(normalReference(reference));
    return found ?? [...this.images.values()].find((image) => image.imageId === reference);
  }

  /** Every pull of the reference fails with this until it is cleared with null. */
  failPulls(reference: string, error: RuntimeError | null): void {
    if (error) this.pullFailures.set(normalReference(reference), error);
    else this.pullFailures.delete(normalReference(reference));
  }

  download(reference: string): RuntimeImageDetail {
    const key = normalReference(reference);
    const failure = this.pullFailures.get(key);
    if (failure) throw failure;
    if (!this.pullable.has(key)) throw new RuntimeError('image-not-found', `The image ${reference} does not exist.`);
    return this.addImage(reference, { digest: `sha256:${id()}` });
  }

  /** A container ends by itself, as if its process had. */
  crash(engineId: string, exitCode: number): void {
    this.require(engineId).process?.end(exitCode);
  }

  /** The kernel ends a container that is over its memory. */
  outOfMemory(engineId: string): void {
    const container = this.require(engineId);
    if (!container.process || !container.alive) return;
    container.oomKilled = true;
    this.emit('oom', container);
    container.process.end(137);
  }

  /** Writes to a container's output, as its program would. */
  write(engineId: string, text: string, stream: 'stdout' | 'stderr' = 'stdout'): void {
    this.require(engineId).log.append({ stream, data: Buffer.from(text) });
  }

  programFor(command: string[]): FakeProgram {
    const program = this.programs(command) ?? idleProgram;
    if (program !== 'absent') return program;
    throw new RuntimeError('invalid', `There is no program ${command[0] ?? ''} in the image.`);
  }

  filesOf(volume: string): FakeArchive {
    const files = this.volumeFiles.get(volume) ?? new FakeArchive();
    this.volumeFiles.set(volume, files);
    return files;
  }

  add(container: FakeContainer): void {
    this.containers.set(container.engineId, container);
    this.names.set(container.spec.name, container.engineId);
  }

  drop(container: FakeContainer): void {
    this.containers.delete(container.engineId);
    this.names.delete(container.spec.name);
  }

  /** By id or name. */
  find(idOrName: string): FakeContainer | undefined {
    return this.containers.get(idOrName) ?? this.containers.get(this.names.get(idOrName) ?? '');
  }

  require(idOrName: string): FakeContainer {
    const container = this.find(idOrName);
    if (!container) throw new RuntimeError('not-found', `No such container: ${idOrName}`);
    return container;
  }

  /** The process that the container runs, or that its next start will run. */
  processOf(container: FakeContainer): FakeProcess {
    if (container.alive && container.process) return container.process;
    return container.prepare(this.programFor(container.command), (exitCode) => {
      container.ended(exitCode);
      this.emit('die', container, exitCode);
    });
  }

  start(container: FakeContainer): void {
    if (container.alive) return;
    this.refuseTakenAddress(container);
    const process = this.processOf(container);
    container.ports = this.bindPorts(container);
    container.begin(process, this.nextPid++);
    this.emit('start', container);
    process.run();
  }

  address(): string {
    const number = this.nextAddress++;
    return `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`;
  }

  newId = id;

  emit(kind: RuntimeEventKind, container: FakeContainer, exitCode: number | null = null): void {
    const { engineId, labels } = container;
    const event: RuntimeEvent = { kind, engineId, name: container.spec.name, labels, exitCode, at: new Date() };
    for (const listener of this.listeners) listener(event);
  }

  /** @returns the way out */
  listen(listener: (event: RuntimeEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Every call passes here: the engine's delay, or its refusal to answer. */
  async pass(ms = 0): Promise<void> {
    if (!this.available) throw new RuntimeError('unavailable', 'The engine cannot be reached.');
    if (ms > 0) await delay(ms);
  }

  private refuseTakenAddress(container: FakeContainer): void {
    for (const other of this.containers.values()) {
      if (!other.alive) continue;
      for (const [name, { address }] of container.networks) {
        if (other.networks.get(name)?.address !== address) continue;
        throw new RuntimeError('address-taken', `The address ${address} is allocated to ${other.spec.name}.`);
      }
    }
  }

  private bindPorts(container: FakeContainer): PublishedPort[] {
    const { template, publishAddress } = container.spec;
    const published = template.ports.filter((port) => port.published);
    if (template.networkMode !== 'bridge' || published.length === 0) return [];
    const taken = new Set<string>();
    for (const other of this.containers.values()) {
      if (other.alive) for (const port of other.ports) taken.add(`${port.hostPort}/${port.protocol}`);
    }
    return published.map((port) => {
      const hostPort = port.hostPort ?? freePort(taken, port.protocol);
      const key = `${hostPort}/${port.protocol}`;
      if (taken.has(key)) throw new RuntimeError('conflict', `The host port ${key} is already allocated.`);
      taken.add(key);
      const { containerPort, protocol } = port;
      return { containerPort, protocol, hostAddress: publishAddress ?? '0.0.0.0', hostPort };
    });
  }
}

const freePort = (taken: Set<string>, protocol: string): number => {
  for (let port = firstFreePort; port <= lastFreePort; port += 1) if (!taken.has(`${port}/${protocol}`)) return port;
  throw new RuntimeError('conflict', 'Every free host port is taken.');
};

const emptyImage = (): RuntimeImageDetail => ({
  imageId: `sha256:${id()}`,
  digest: null,
  references: [],
  sizeBytes: 1_000_000,
  createdAt: new Date(),
  architecture: 'amd64',
  operatingSystem: 'linux',
  entrypoint: [],
  command: [],
  environment: [],
  workingDir: null,
  user: null,
  labels: {},
  exposedPorts: [],
  volumes: [],
  stopSignal: null,
});
