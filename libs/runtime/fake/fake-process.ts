import { once } from 'node:events';
import { constants } from 'node:os';
import { PassThrough } from 'node:stream';
import type { OutputFrame } from '../session.js';

/** What a program of the fake engine may do. */
export interface FakeIo {
  readonly command: string[];
  readonly environment: ReadonlyMap<string, string>;
  readonly tty: boolean;
  readonly workingDir: string;
  readonly user: string;
  readonly stdin: AsyncIterable<Buffer>;
  /** Resolves when the readers have room: awaiting it is back-pressure. */
  write(text: string | Buffer, stream?: 'stdout' | 'stderr'): Promise<void>;
  size(): { columns: number; rows: number };
  /** These signals no longer end it; SIGKILL always does. */
  ignore(...signals: string[]): void;
  /** Resolves when the signal comes, which then no longer ends it by itself. */
  onSignal(signal: string): Promise<void>;
  /** Fires when the process has ended, by itself or by a signal. */
  readonly ended: AbortSignal;
}

/** @returns the exit code */
export type FakeProgram = (io: FakeIo) => Promise<number>;

/** Runs until it is signalled, and costs nothing meanwhile. */
export const idleProgram: FakeProgram = () => new Promise(() => undefined);

export interface FakeProcessOptions {
  program: FakeProgram;
  command: string[];
  /** Made when the program asks for it. */
  environment: () => ReadonlyMap<string, string>;
  tty: boolean;
  workingDir?: string | null;
  user?: string | null;
  onOutput: (frame: OutputFrame) => void;
  onExit: (exitCode: number) => void;
}

const signalNumber = (signal: string): number => {
  if (/^\d+$/.test(signal)) return Number(signal);
  const name = signal.startsWith('SIG') ? signal : `SIG${signal}`;
  return (constants.signals as Record<string, number | undefined>)[name] ?? 15;
};

/** Signals whose default is not to end a process. */
const harmless = new Set([constants.signals.SIGCHLD, constants.signals.SIGCONT, constants.signals.SIGWINCH]);
const killed = constants.signals.SIGKILL;

export class FakeProcess {
  private over = false;
  private controller: AbortController | null = null;
  private readonly readers = new Set<PassThrough>();
  private readonly ignored = new Set<number>();
  private readonly handlers = new Map<number, () => void>();
  private input: PassThrough | null = null;
  private inputClosed = false;
  columns = 80;
  rows = 24;

  constructor(private readonly options: FakeProcessOptions) {}

  run(): void {
    this.options.program(this.io()).then(
      (code) => this.end(code),
      () => this.end(1),
    );
  }

  get stdin(): PassThrough {
    this.input ??= this.inputClosed ? new PassThrough().end() : new PassThrough();
    return this.input;
  }

  /** The program reads to the end of what was written, now or later. */
  closeInput(): void {
    this.inputClosed = true;
    this.input?.end();
  }

  /** A new reader of what it writes from now on; it holds the program back until it is read or destroyed. */
  reader(): PassThrough {
    const reader = new PassThrough({ objectMode: true, highWaterMark: 16 });
    if (this.over) reader.end();
    else this.readers.add(reader);
    reader.once('close', () => this.readers.delete(reader));
    return reader;
  }

  signal(signal: string): void {
    const number = signalNumber(signal);
    this.handlers.get(number)?.();
    if (number !== killed && (this.ignored.has(number) || harmless.has(number))) return;
    this.end(128 + number);
  }

  end(exitCode: number): void {
    if (this.over) return;
    this.over = true;
    this.controller?.abort();
    for (const reader of this.readers) reader.end();
    this.input?.destroy();
    this.options.onExit(exitCode);
  }

  /** Made when somebody waits for the end: a thousand idle programs need none. */
  private get ended(): AbortSignal {
    this.controller ??= new AbortController();
    if (this.over) this.controller.abort();
    return this.controller.signal;
  }

  private io(): FakeIo {
    const ended = () => this.ended;
    const { command, environment, tty } = this.options;
    return {
      command,
      get environment() {
        return environment();
      },
      tty,
      stdin: this.lazyInput(),
      write: (text, stream = 'stdout') => this.write(Buffer.from(text), tty ? 'stdout' : stream),
      size: () => ({ columns: this.columns, rows: this.rows }),
      ignore: (...signals) => signals.forEach((signal) => this.ignored.add(signalNumber(signal))),
      workingDir: this.options.workingDir ?? '/',
      user: this.options.user ?? '0',
      onSignal: (signal) => {
        this.ignored.add(signalNumber(signal));
        return new Promise((resolve) => this.handlers.set(signalNumber(signal), resolve));
      },
      get ended() {
        return ended();
      },
    };
  }

  private async *lazyInput(): AsyncGenerator<Buffer> {
    for await (const chunk of this.stdin as AsyncIterable<Buffer>) yield chunk;
  }

  private async write(data: Buffer, stream: 'stdout' | 'stderr'): Promise<void> {
    if (this.over) throw new Error('The process has ended.');
    const frame: OutputFrame = { stream, data };
    this.options.onOutput(frame);
    const full = [...this.readers].filter((reader) => !reader.write(frame));
    await Promise.all(full.map((reader) => this.drained(reader)));
  }

  private async drained(reader: PassThrough): Promise<void> {
    const decided = new AbortController();
    const signal = AbortSignal.any([this.ended, decided.signal]);
    await Promise.race([once(reader, 'drain', { signal }), once(reader, 'close', { signal })]).catch(() => undefined);
    decided.abort(); // the one that lost must not stay on the reader
  }
}
