import { EventEmitter, once } from 'node:events';
import type { PublishedPort } from '#libs/domain/container/state.js';
import type { RuntimeContainerDetail, RuntimeContainerSpec, RuntimeState } from '../container.js';
import type { Labels } from '../labels.js';
import type { RuntimeImageDetail } from '../image.js';
import { FakeLog } from './fake-log.js';
import type { FakeArchive } from './fake-archive.js';
import { FakeProcess, type FakeProgram } from './fake-process.js';

/** One container of the fake engine: its record, its process and its log. */
export class FakeContainer {
  readonly log = new FakeLog();
  archive: FakeArchive | null = null;
  readonly networks = new Map<string, { address: string; aliases: string[] }>();
  readonly changes = new EventEmitter().setMaxListeners(0);
  readonly createdAt = new Date();
  state: RuntimeState = 'created';
  /** Of the latest run. */
  process: FakeProcess | null = null;
  /** Of the next run, made early when somebody attaches before the start. */
  private next: FakeProcess | null = null;
  pid: number | null = null;
  exitCode: number | null = null;
  oomKilled = false;
  startedAt: Date | null = null;
  finishedAt: Date | null = null;
  ports: PublishedPort[] = [];
  /** Names of its volumes by their paths; unnamed ones have one of their own too. */
  readonly volumes = new Map<string, string>();

  constructor(
    readonly engineId: string,
    readonly spec: RuntimeContainerSpec,
    readonly labels: Labels,
    readonly image: RuntimeImageDetail,
    lenders: readonly FakeContainer[] = [],
  ) {
    for (const lender of lenders) for (const [target, volume] of lender.volumes) this.volumes.set(target, volume);
    for (const mount of spec.template.mounts) {
      if (mount.kind === 'volume') this.volumes.set(mount.target, mount.volume ?? `${engineId}${mount.target}`);
    }
    for (const [target, volume] of Object.entries(spec.volumes ?? {})) this.volumes.set(target, volume);
  }

  get alive(): boolean {
    return this.state === 'running' || this.state === 'paused';
  }

  get command(): string[] {
    const { entrypoint, command } = this.spec.template;
    const first = entrypoint ?? this.image.entrypoint;
    return [...first, ...(command ?? (entrypoint === null ? this.image.command : []))];
  }

  environment(): Map<string, string> {
    const all = [...this.image.environment, ...(this.spec.extraEnvironment ?? []), ...this.spec.template.environment];
    return new Map(all.map(({ name, value }) => [name, value]));
  }

  prepare(program: FakeProgram, onExit: (exitCode: number) => void): FakeProcess {
    this.next ??= new FakeProcess({
      program,
      command: this.command,
      environment: () => this.environment(),
      tty: this.spec.template.tty,
      workingDir: this.spec.template.workingDir,
      user: this.spec.template.user,
      onOutput: (frame) => this.log.append(frame),
      onExit,
    });
    return this.next;
  }

  begin(process: FakeProcess, pid: number): void {
    this.process = process;
    this.next = null;
    this.state = 'running';
    this.pid = pid;
    this.exitCode = null;
    this.oomKilled = false;
    this.startedAt = new Date();
    this.finishedAt = null;
    this.log.started();
    // A real process reads end of file unless its input is kept open for it.
    if (!this.spec.template.stdinOpen) process.closeInput();
    this.changes.emit('change');
  }

  ended(exitCode: number): void {
    this.state = 'exited';
    this.exitCode = exitCode;
    this.finishedAt = new Date();
    this.pid = null;
    this.ports = [];
    this.log.stopped();
    this.changes.emit('change');
    this.changes.emit('ended');
  }

  async changed(signal?: AbortSignal): Promise<void> {
    await once(this.changes, 'change', { signal });
  }

  detail(): RuntimeContainerDetail {
    const networks = [...this.networks].map(([name, { address, aliases }]) => ({ name, address, aliases }));
    return {
      engineId: this.engineId,
      name: this.spec.name,
      labels: this.labels,
      image: this.spec.template.image,
      imageId: this.image.imageId,
      state: this.state,
      createdAt: this.createdAt,
      pid: this.pid,
      exitCode: this.exitCode,
      oomKilled: this.oomKilled,
      startedAt: this.startedAt,
      finishedAt: this.finishedAt,
      address: this.alive ? (networks[0]?.address ?? null) : null,
      networks,
      ports: this.ports,
      imageDigest: this.image.digest,
      tty: this.spec.template.tty,
      stdinOpen: this.spec.template.stdinOpen,
      message: null,
    };
  }
}
