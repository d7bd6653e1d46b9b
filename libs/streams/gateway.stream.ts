import type { ClientDuplexStream } from '@grpc/grpc-js';
import { writable } from '#libs/agent-protocol/frame.js';
import type { StreamFrame } from '#libs/agent-protocol/generated/pierhead/agent/v1/agent.js';
import { fromServiceError, streamErrorCode } from '#libs/agent-protocol/status.translate.js';
import { DomainError } from '#libs/domain/error.js';

type Call = ClientDuplexStream<StreamFrame, StreamFrame>;
type Frame = NonNullable<StreamFrame['frame']>;

export interface StreamReader {
  /** False holds the stream back until `resume`. */
  frame(frame: Frame): boolean;
  /** Null when it ended as it should. */
  over(error: DomainError | null): void;
}

/** One stream to a node. Nothing is read from the network before a reader asks. */
export class GatewayStream {
  private reader: StreamReader | null = null;
  private error: DomainError | null = null;
  private isOver = false;

  constructor(private readonly call: Call) {
    call.on('data', ({ frame }: StreamFrame) => frame && this.receive(frame));
    call.on('end', () => this.finish(this.error));
    call.on('error', (error) => this.finish(fromServiceError(error)));
  }

  /** Resolves when the engine's stream stands; throws what the node, a gateway or the engine refused. */
  opened(withinMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new DomainError('timeout', 'The node did not open the stream in time.'));
        this.cancel();
      }, withinMs);
      this.reader = {
        frame: ({ $case }) => {
          if ($case !== 'opened') return true;
          clearTimeout(timer);
          this.call.pause();
          this.reader = null;
          resolve();
          return false;
        },
        over: (error) => {
          clearTimeout(timer);
          reject(error ?? new DomainError('unavailable', 'The stream ended before it began.'));
        },
      };
    });
  }

  read(reader: StreamReader): void {
    this.reader = reader;
    if (this.isOver) reader.over(this.error);
  }

  resume(): void {
    this.call.resume();
  }

  /** Resolves when more can be written. */
  async write(frame: StreamFrame): Promise<void> {
    if (this.isOver || this.call.writableEnded) return;
    if (!this.call.write(frame)) await writable(this.call);
  }

  cancel(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.call.cancel();
  }

  private receive(frame: Frame): void {
    if (frame.$case === 'error') {
      this.error = new DomainError(streamErrorCode(frame.value.code), frame.value.message);
      return;
    }
    if (this.reader && !this.reader.frame(frame)) this.call.pause();
  }

  private finish(error: DomainError | null): void {
    if (this.isOver) return;
    this.isOver = true;
    this.error = error;
    if (!this.call.writableEnded) this.call.end();
    this.reader?.over(error);
  }
}
