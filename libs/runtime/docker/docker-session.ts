import type { Socket } from 'node:net';
import { Writable } from 'node:stream';
import { decodeFrames } from '#libs/wire/docker/stream-frame.js';
import { RuntimeError } from '../runtime.error.js';
import type { OutputFrame, RuntimeSession } from '../session.js';

export interface SessionControl {
  resize(columns: number, rows: number): Promise<void>;
  /** Asked once the output has ended. */
  exitCode(): Promise<number>;
}

/** A hijacked connection as the three streams of a process. */
export class DockerSession implements RuntimeSession {
  readonly stdin: Writable;
  readonly output: AsyncIterable<OutputFrame>;
  private readonly ended: Promise<void>;

  constructor(
    private readonly socket: Socket,
    options: { tty: boolean; stdin: boolean },
    private readonly control: SessionControl,
  ) {
    this.stdin = options.stdin ? inputOf(socket) : noInput();
    this.output = outputOf(socket, options.tty);
    this.ended = new Promise((resolve) => {
      socket.once('end', resolve);
      socket.once('close', () => resolve());
    });
  }

  resize(columns: number, rows: number): Promise<void> {
    return this.control.resize(columns, rows);
  }

  async exitCode(): Promise<number> {
    await this.ended;
    return this.control.exitCode();
  }

  close(): void {
    this.socket.destroy();
  }
}

/** Ending it sends the half-close and leaves the socket open for reading. */
const inputOf = (socket: Socket): Writable =>
  new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      // A process that has ended takes nothing more; that is no failure of the writer.
      if (socket.destroyed || socket.writableEnded) done();
      else socket.write(chunk, () => done());
    },
    final: (done) => {
      if (!socket.destroyed && !socket.writableEnded) socket.end();
      done();
    },
  });

const noInput = (): Writable => {
  const input = new Writable({ write: (_chunk, _encoding, done) => done() });
  input.end();
  return input;
};

/** A reset reads as the end: the engine drops the connection of a process that is gone while input is on its way. */
async function* chunksOf(socket: Socket): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of socket as AsyncIterable<Buffer>) yield chunk;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (!['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE', 'ABORT_ERR'].includes(code)) throw error;
  }
}

export async function* outputOf(source: Socket, tty: boolean): AsyncGenerator<OutputFrame> {
  if (tty) for await (const data of chunksOf(source)) yield { stream: 'stdout', data };
  else yield* demultiplex(chunksOf(source));
}

export async function* demultiplex(source: AsyncIterable<Buffer>): AsyncGenerator<OutputFrame> {
  for await (const frame of decodeFrames(source)) {
    if (frame.stream === 'system') throw new RuntimeError('engine', frame.data.toString().trim());
    yield { stream: frame.stream === 'stderr' ? 'stderr' : 'stdout', data: frame.data };
  }
}
