import { PassThrough, Writable } from 'node:stream';
import type { OutputFrame, RuntimeSession } from '../session.js';
import type { FakeProcess } from './fake-process.js';

export interface FakeSessionOptions {
  process: FakeProcess;
  stdin: boolean;
  exitCode: Promise<number>;
  /** Frames that come before what the process writes from now on. */
  before?: OutputFrame[];
}

export class FakeSession implements RuntimeSession {
  readonly stdin: Writable;
  readonly output: AsyncIterable<OutputFrame>;
  private readonly reader: PassThrough;

  constructor(private readonly options: FakeSessionOptions) {
    this.reader = options.process.reader();
    this.output = this.read();
    const input = options.process.stdin;
    this.stdin = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        if (!options.stdin || input.destroyed || input.writableEnded) done();
        else input.write(chunk, () => done());
      },
      final: (done) => {
        if (options.stdin && !input.writableEnded) input.end();
        done();
      },
    });
    if (!options.stdin) this.stdin.end();
  }

  resize(columns: number, rows: number): Promise<void> {
    this.options.process.columns = columns;
    this.options.process.rows = rows;
    return Promise.resolve();
  }

  exitCode(): Promise<number> {
    return this.options.exitCode;
  }

  close(): void {
    this.reader.destroy();
  }

  private async *read(): AsyncGenerator<OutputFrame> {
    yield* this.options.before ?? [];
    try {
      for await (const frame of this.reader as AsyncIterable<OutputFrame>) yield frame;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
    }
  }
}
