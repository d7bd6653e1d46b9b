import { Writable, type Readable } from 'node:stream';
import { dataFrames, frames } from '#libs/agent-protocol/frame.js';
import { StreamChannel } from '#libs/agent-protocol/generated/pierhead/agent/v1/agent.js';
import type { ExecStream } from '#libs/core/stream/node-streams.port.js';
import { DomainError } from '#libs/domain/error.js';
import type { GatewayStream } from './gateway.stream.js';
import { readOutput } from './output.readable.js';

/** A process in a container, as exec and attach give it. */
export class ProcessStream implements ExecStream {
  readonly stdin: Writable;
  readonly output: Readable;
  readonly exitCode: Promise<number>;

  constructor(private readonly stream: GatewayStream) {
    let exited: (code: number) => void = () => undefined;
    let failed: (error: Error) => void = () => undefined;
    this.exitCode = new Promise((resolve, reject) => {
      exited = resolve;
      failed = reject;
    });
    // Whoever does not ask for the code must not be punished for that.
    this.exitCode.catch(() => undefined);
    this.output = readOutput(stream, (frame) => {
      if (frame.$case === 'exit') exited(frame.value.code);
    });
    this.output.once('close', () => failed(new DomainError('unavailable', 'The stream ended before its process did.')));
    this.output.once('error', failed);
    this.stdin = new Writable({
      write: (chunk: Buffer, _encoding, done) => void this.feed(chunk).then(() => done(), done),
      final: (done) => void stream.write(frames.end(StreamChannel.STDIN)).then(() => done(), done),
    });
  }

  resize(columns: number, rows: number): void {
    void this.stream.write(frames.resize(columns, rows));
  }

  close(): void {
    this.stdin.destroy();
    this.output.destroy();
  }

  private async feed(chunk: Buffer): Promise<void> {
    for (const frame of dataFrames(StreamChannel.STDIN, chunk)) await this.stream.write(frame);
  }
}
