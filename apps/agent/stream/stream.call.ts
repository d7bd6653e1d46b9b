import type { ClientDuplexStream } from '@grpc/grpc-js';
import { dataFrames, writable } from '#libs/agent-protocol/frame.js';
import type { StreamChannel, StreamFrame } from '#libs/agent-protocol/generated/pierhead/agent/v1/agent.js';

/** The other side is gone; there is nobody left to tell. */
export class StreamGone extends Error {}

/** The agent's end of one stream. Sending waits for the reader; its signal fires when the reader has left. */
export class StreamChannelCall {
  private readonly leaving = new AbortController();
  readonly signal = this.leaving.signal;
  private readonly left = new Promise<void>((resolve) => this.signal.addEventListener('abort', () => resolve()));

  constructor(private readonly call: ClientDuplexStream<StreamFrame, StreamFrame>) {
    const left = () => this.leaving.abort();
    // The status arrives even while nothing is read, which the end of the stream does not.
    call.on('status', left).on('error', left).on('close', left);
    // Paused until somebody reads: what is sent to a process waits in the network, not here.
    call.pause();
  }

  /** Whoever stops reading in the middle can still send: the answer to what it read. */
  get incoming(): AsyncIterable<StreamFrame> {
    return this.call.iterator({ destroyOnReturn: false }) as AsyncIterable<StreamFrame>;
  }

  async send(frame: StreamFrame): Promise<void> {
    if (this.signal.aborted || this.call.writableEnded) throw new StreamGone();
    if (!this.call.write(frame)) await Promise.race([writable(this.call), this.left]);
    if (this.signal.aborted) throw new StreamGone();
  }

  async sendData(channel: StreamChannel, data: Buffer): Promise<void> {
    for (const frame of dataFrames(channel, data)) await this.send(frame);
  }

  /** The promise's value, or StreamGone as soon as the reader leaves. */
  async orGone<T>(promise: Promise<T>): Promise<T> {
    const gone = this.left.then((): never => {
      throw new StreamGone();
    });
    return Promise.race([promise, gone]);
  }

  end(): void {
    if (this.call.writableEnded) return;
    this.call.end();
    // Nothing more is read from it, but the gateway's end must still be noticed.
    this.call.resume();
  }

  cancel(): void {
    this.leaving.abort();
    this.call.cancel();
  }
}
