import { EventEmitter, once } from 'node:events';
import { Readable } from 'node:stream';
import type {
  RuntimeContainer,
  RuntimeContainerDetail,
  RuntimeContainerSpec,
  RuntimeEvent,
  RuntimeExit,
  RuntimeStats,
} from '../container.js';
import { isInScope, runtimeLabels, sameIdentity, tenantLabels } from '../labels.js';
import { RuntimeError } from '../runtime.error.js';
import type {
  Archive,
  ArchiveStat,
  AttachOptions,
  ExecOptions,
  LogOptions,
  OutputFrame,
  RuntimeSession,
} from '../session.js';
import { FakeArchive } from './fake-archive.js';
import { FakeContainer } from './fake-container.js';
import type { FakeEngine } from './fake-engine.js';
import { FakeProcess } from './fake-process.js';
import { FakeSession } from './fake-session.js';

const killedByStop = 'SIGKILL';

export class FakeContainers {
  constructor(
    private readonly engine: FakeEngine,
    private readonly scope: string,
  ) {}

  async create(spec: RuntimeContainerSpec): Promise<string> {
    await this.engine.pass(this.engine.delays.createMs);
    const labels = {
      ...tenantLabels(spec.template.labels),
      ...spec.labels,
      [runtimeLabels.node]: this.scope,
      [runtimeLabels.image]: spec.template.image,
    };
    const existing = this.engine.find(spec.name);
    if (existing) {
      if (sameIdentity(labels, existing.labels)) return existing.engineId;
      throw new RuntimeError('conflict', `The name ${spec.name} is taken by another container.`);
    }
    const image = this.engine.findImage(spec.imageId ?? spec.template.image);
    if (!image) throw new RuntimeError('image-not-found', `No such image: ${spec.template.image}`);
    const lenders = (spec.volumesFrom ?? []).map((id) => this.own(id));
    const container = new FakeContainer(this.engine.newId(), spec, labels, image, lenders);
    this.join(container, spec);
    this.engine.add(container);
    this.engine.emit('create', container);
    return container.engineId;
  }

  async start(id: string): Promise<void> {
    await this.engine.pass(this.engine.delays.startMs);
    this.engine.start(this.own(id));
  }

  async stop(id: string, options: { graceMs: number; signal?: string }): Promise<void> {
    await this.engine.pass();
    const container = this.own(id);
    if (!container.alive) return;
    container.state = 'running';
    if (options.graceMs > 0) {
      container.process?.signal(options.signal ?? container.spec.template.stopSignal ?? 'SIGTERM');
      const deadline = AbortSignal.timeout(options.graceMs);
      while (container.alive && !deadline.aborted) await container.changed(deadline).catch(() => undefined);
    }
    if (container.alive) container.process?.signal(killedByStop);
  }

  async kill(id: string, signal: string): Promise<void> {
    await this.engine.pass();
    const container = this.own(id);
    if (!container.alive) throw new RuntimeError('conflict', `The container ${container.spec.name} is not running.`);
    container.process?.signal(signal);
  }

  async pause(id: string, paused: boolean): Promise<void> {
    await this.engine.pass();
    const container = this.own(id);
    const from = paused ? 'running' : 'paused';
    if (container.state !== from) {
      throw new RuntimeError('conflict', `The container ${container.spec.name} is not ${from}.`);
    }
    container.state = paused ? 'paused' : 'running';
    this.engine.emit(paused ? 'pause' : 'unpause', container);
  }

  async remove(id: string, options: { force: boolean }): Promise<void> {
    await this.engine.pass(this.engine.delays.removeMs);
    if (!this.engine.find(id)) return;
    const container = this.own(id);
    if (container.alive && !options.force) {
      throw new RuntimeError(
        'conflict',
        `The container ${container.spec.name} is running; stop it first or use force.`,
      );
    }
    if (container.alive) container.process?.signal(killedByStop);
    this.engine.drop(container);
    this.engine.emit('remove', container);
    container.changes.emit('change');
  }

  async inspect(id: string): Promise<RuntimeContainerDetail> {
    await this.engine.pass();
    return this.own(id).detail();
  }

  async list(): Promise<RuntimeContainer[]> {
    await this.engine.pass();
    const own = [...this.engine.containers.values()].filter((container) => isInScope(container.labels, this.scope));
    return own.map((container) => container.detail());
  }

  async wait(id: string, signal?: AbortSignal): Promise<RuntimeExit> {
    await this.engine.pass();
    const container = this.own(id);
    while (container.alive) {
      await container.changed(signal).catch(() => undefined);
      if (signal?.aborted) throw new RuntimeError('aborted', 'The wait was given up.');
    }
    return { exitCode: container.exitCode ?? 0, message: null };
  }

  async stats(id: string): Promise<RuntimeStats> {
    await this.engine.pass();
    const container = this.own(id);
    if (!container.alive) throw new RuntimeError('conflict', `The container ${container.spec.name} is not running.`);
    const ranMs = Date.now() - (container.startedAt?.getTime() ?? Date.now());
    return {
      at: new Date(),
      cpuTotalNs: 1 + ranMs * 10_000,
      memoryBytes: 1_048_576,
      memoryLimitBytes: container.spec.template.resources.memoryBytes,
      netRxBytes: 0,
      netTxBytes: 0,
      blkReadBytes: 0,
      blkWriteBytes: 0,
      pids: 1,
    };
  }

  async events(signal: AbortSignal): Promise<AsyncIterable<RuntimeEvent>> {
    await this.engine.pass();
    const queue: RuntimeEvent[] = [];
    const wake = new EventEmitter();
    const stop = this.engine.listen((event) => {
      if (!isInScope(event.labels, this.scope)) return;
      queue.push(event);
      wake.emit('event');
    });
    signal.addEventListener('abort', stop, { once: true });
    return readEvents(queue, wake, stop, signal);
  }

  async logs(id: string, options: LogOptions): Promise<AsyncIterable<OutputFrame>> {
    await this.engine.pass();
    return this.own(id).log.read(options);
  }

  async exec(id: string, options: ExecOptions): Promise<RuntimeSession> {
    await this.engine.pass();
    const container = this.own(id);
    if (container.state !== 'running') {
      throw new RuntimeError('conflict', `The container ${container.spec.name} is not running.`);
    }
    const environment = container.environment();
    for (const { name, value } of options.environment ?? []) environment.set(name, value);
    const exit = new EventEmitter();
    const exitCode = once(exit, 'exit').then(([code]) => Number(code));
    const endWithContainer = () => process.end(137);
    const process = new FakeProcess({
      program: this.engine.programFor(options.command),
      command: options.command,
      environment: () => environment,
      tty: options.tty ?? false,
      workingDir: options.workingDir ?? container.spec.template.workingDir,
      user: options.user ?? container.spec.template.user,
      onOutput: () => undefined,
      onExit: (code) => {
        container.changes.off('ended', endWithContainer);
        exit.emit('exit', code);
      },
    });
    container.changes.once('ended', endWithContainer);
    if (!options.stdin) process.stdin.end();
    const session = new FakeSession({ process, stdin: options.stdin ?? false, exitCode });
    if (options.size) await session.resize(options.size.columns, options.size.rows);
    options.signal?.addEventListener('abort', () => session.close(), { once: true });
    process.run();
    return session;
  }

  async attach(id: string, options: AttachOptions): Promise<RuntimeSession> {
    await this.engine.pass();
    const container = this.own(id);
    const before: OutputFrame[] = [];
    if (options.logs) for await (const frame of container.log.read({})) before.push(frame);
    const process = this.engine.processOf(container);
    const stdin = (options.stdin ?? false) && container.spec.template.stdinOpen;
    const exitCode = once(container.changes, 'ended').then(() => container.exitCode ?? 0);
    const session = new FakeSession({ process, stdin, exitCode, before });
    options.signal?.addEventListener('abort', () => session.close(), { once: true });
    return session;
  }

  async putArchive(id: string, path: string, content: Readable): Promise<void> {
    await this.engine.pass();
    const { files, inner } = this.place(id, path);
    await files.put(inner, content);
  }

  async getArchive(id: string, path: string): Promise<Archive> {
    await this.engine.pass();
    const { files, inner } = this.place(id, path);
    const found = files.get(inner);
    if (!found) throw new RuntimeError('not-found', `There is no ${path} in the container.`);
    return { stat: found.stat, content: Readable.from([found.tar]) };
  }

  async statArchive(id: string, path: string): Promise<ArchiveStat> {
    const { stat, content } = await this.getArchive(id, path);
    content.destroy();
    return stat;
  }

  /** The files that a path of a container is among: its own, or those of a volume. */
  private place(id: string, path: string): { files: FakeArchive; inner: string } {
    const container = this.own(id);
    for (const [target, volume] of container.volumes) {
      if (path !== target && !path.startsWith(`${target}/`)) continue;
      return { files: this.engine.filesOf(volume), inner: path.slice(target.length) || '/' };
    }
    return { files: (container.archive ??= new FakeArchive()), inner: path };
  }

  async connect(id: string, network: { name: string; aliases?: string[]; address?: string }): Promise<void> {
    await this.engine.pass();
    const container = this.own(id);
    if (container.networks.has(network.name)) {
      throw new RuntimeError('conflict', `The container is in the network ${network.name} already.`);
    }
    this.attachTo(container, network);
  }

  async disconnect(id: string, network: string): Promise<void> {
    await this.engine.pass();
    this.own(id).networks.delete(network);
  }

  private own(id: string): FakeContainer {
    const container = this.engine.require(id);
    if (isInScope(container.labels, this.scope)) return container;
    const { name } = container.spec;
    throw new RuntimeError('conflict', `The container ${name} was not made by this node and is left alone.`);
  }

  private join(container: FakeContainer, spec: RuntimeContainerSpec): void {
    if (spec.template.networkMode !== 'bridge') return;
    this.attachTo(container, spec.network ?? { name: 'bridge' });
  }

  private attachTo(container: FakeContainer, network: { name: string; aliases?: string[]; address?: string }): void {
    if (network.name !== 'bridge' && !this.engine.networks.has(network.name)) {
      throw new RuntimeError('not-found', `No such network: ${network.name}`);
    }
    container.networks.set(network.name, {
      address: network.address ?? this.engine.address(),
      aliases: network.aliases ?? [],
    });
  }
}

async function* readEvents(
  queue: RuntimeEvent[],
  wake: EventEmitter,
  stop: () => void,
  signal: AbortSignal,
): AsyncGenerator<RuntimeEvent> {
  try {
    while (!signal.aborted) {
      const event = queue.shift();
      if (event) yield event;
      else await once(wake, 'event', { signal }).catch(() => undefined);
    }
  } finally {
    stop();
  }
}
