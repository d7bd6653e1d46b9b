import { PassThrough, Readable } from 'node:stream';
import { WakeUps } from '#libs/core/agent/agent-directory.port.js';
import {
  NodeStreams,
  type ExecOptions,
  type ExecStream,
  type LogOptions,
} from '#libs/core/stream/node-streams.port.js';
import { ShareObjects } from '#libs/core/stream/share-objects.port.js';
import { DomainError, notFound } from '#libs/domain/error.js';
import { CommitNotices } from '#libs/core/unit-of-work/commit-notices.port.js';

/** Wake-ups within one process. */
export class LocalWakeUps extends WakeUps {
  private readonly listeners = new Set<(organizationId: string) => void>();
  wakeNode(): void {}
  onNode(): () => void {
    return () => undefined;
  }
  wakeEvents(organizationId: string): void {
    for (const listener of this.listeners) listener(organizationId);
  }
  onEvents(listener: (organizationId: string) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

export class LocalNotices extends CommitNotices {
  constructor(private readonly wakeUps: WakeUps) {
    super();
  }
  outboxWritten(): void {}
  eventsWritten(organizationIds: string[]): void {
    for (const id of organizationIds) this.wakeUps.wakeEvents(id);
  }
}

/** A process in a container that says back what it is told; `exit N` ends it. */
class EchoProcess implements ExecStream {
  readonly stdin = new PassThrough();
  readonly output = new PassThrough({ objectMode: true });
  readonly sizes: [number, number][] = [];
  closed = false;
  private end!: (code: number) => void;
  readonly exitCode = new Promise<number>((resolve) => (this.end = resolve));

  constructor(readonly options: ExecOptions) {
    this.say('stdout', `${options.command.join('|')}\n`);
    this.stdin.on('data', (data: Buffer) => this.hear(data));
    this.stdin.once('end', () => this.finish(0));
  }

  resize(columns: number, rows: number): void {
    this.sizes.push([columns, rows]);
  }

  close(): void {
    this.closed = true;
    this.output.destroy();
    this.end(137);
  }

  private hear(data: Buffer): void {
    const exit = /^exit (\d+)/.exec(data.toString());
    if (exit) return this.finish(Number(exit[1]));
    this.say('stdout', data);
    this.say('stderr', 'heard\n');
  }

  private say(channel: 'stdout' | 'stderr', data: Buffer | string): void {
    this.output.write({ channel, data: Buffer.from(data) });
  }

  private finish(code: number): void {
    this.output.end();
    this.end(code);
  }
}

/** Streams of containers that are on no real node. */
export class FakeNodeStreams extends NodeStreams {
  readonly processes: EchoProcess[] = [];
  readonly logRequests: LogOptions[] = [];
  /** Set: logs say which container they are of and go on until a test ends them. */
  held: Map<string, PassThrough> | null = null;
  /** Bytes handed out by the endless log, to see when its reader is paused. */
  produced = 0;
  endless = false;

  /** Containers that their nodes do not know yet. */
  readonly awaited = new Set<string>();

  logs(_nodeId: string, containerId: string, options: LogOptions): Promise<Readable> {
    this.logRequests.push(options);
    if (this.awaited.has(containerId)) return Promise.reject(notFound('container'));
    if (this.held) {
      const output = new PassThrough({ objectMode: true });
      output.write({ channel: 'stdout', data: Buffer.from(`2026-11-20T23:06:01Z ${containerId}\n`) });
      this.held.set(containerId, output);
      return Promise.resolve(output);
    }
    return Promise.resolve(this.endless ? this.endlessLog() : Readable.from(lines()));
  }

  exec(_nodeId: string, _containerId: string, options: ExecOptions): Promise<ExecStream> {
    const process = new EchoProcess(options);
    this.processes.push(process);
    return Promise.resolve(process);
  }

  attach(): Promise<ExecStream> {
    return Promise.reject(new Error('Nobody attaches here.'));
  }

  stats(): Promise<Readable> {
    return Promise.reject(new Error('Nobody asks for statistics here.'));
  }

  readVolume(): Promise<Readable> {
    return Promise.reject(new Error('Nobody reads volumes here.'));
  }

  writeVolume(): Promise<void> {
    return Promise.reject(new Error('Nobody writes to volumes here.'));
  }

  private endlessLog(): Readable {
    const data = Buffer.from(`2026-11-20T23:06:01Z ${'x'.repeat(32_000)}\n`);
    return new Readable({
      objectMode: true,
      highWaterMark: 2,
      read: function (this: Readable) {
        setImmediate(() => {
          if (this.destroyed) return;
          streams.produced += data.length;
          this.push({ channel: 'stdout', data });
        });
      },
    });
  }
}

// The readable's own `this` is the stream.
let streams: FakeNodeStreams;
export const fakeNodeStreams = (): FakeNodeStreams => (streams = new FakeNodeStreams());

function* lines() {
  yield { channel: 'stdout', data: Buffer.from('2026-11-20T23:06:01.5Z one\n2026-11-20T23:06:02Z tw') };
  yield { channel: 'stderr', data: Buffer.from('2026-11-20T23:06:03Z wrong\n') };
  yield { channel: 'stdout', data: Buffer.from('o\n') };
}

/** No node here keeps shares. */
export class ShareObjectsOfNobody extends ShareObjects {
  private readonly away = (): Promise<never> =>
    Promise.reject(new DomainError('unavailable', 'The node is not connected.'));
  put = this.away;
  get = this.away;
  clear = this.away;
  async *list(): AsyncGenerator<{ key: string; bytes: number }> {
    await this.away();
    yield* [];
  }
}
